// What to watch, from where: keyspace, tables, shards, source, tablet, start. GUI thread.
#pragma once

#include <QDialog>

#include <memory>

#include "streamcore/branch/branch.h"
#include "streamcore/capture/capture.h"
#include "streamcore/session/watch.h"
#include "ui/stream/keptpositions.h"

class QButtonGroup;
class QCheckBox;
class QDateTimeEdit;
class QComboBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QScrollArea;
class QPushButton;
class QSpinBox;

namespace vtscope {

class CheckList;
class ServerBox;

// What a table is watched with when nobody chose: all shards, from now on.
WatchRequest defaultRequest(const Connection& connection, const std::string& keyspace, const std::string& table);

class WatchDialog : public QDialog
{
    Q_OBJECT

public:
    WatchDialog(std::shared_ptr<Connection> connection, const Keyspace& keyspace, const WatchRequest& request,
                const RingLimits& ring, QWidget* parent = nullptr);

    WatchRequest request() const;
    // How much of the capture is kept.
    RingLimits ring() const;

private:
    QWidget* startBox(const WatchRequest& request);
    QWidget* endBox(const WatchRequest& request);
    QWidget* keepBox(const RingLimits& ring);
    void findSpan();
    void update();
    void updateKept();
    QString problem() const;
    void readPosition();
    void fit();

    std::shared_ptr<Connection> m_connection;
    Keyspace m_keyspace;
    CheckList* m_tables;
    CheckList* m_shards;
    QComboBox* m_source;
    QComboBox* m_tablet;
    QLineEdit* m_cells;
    QSpinBox* m_endChanges;
    QSpinBox* m_endMinutes;
    QSpinBox* m_endMebibytes;
    QLineEdit* m_stopPosition;
    QComboBox* m_keep;
    QSpinBox* m_keepAmount;
    QButtonGroup* m_start;
    QLabel* m_copyFacts;
    QCheckBox* m_copyYes;
    QPlainTextEdit* m_position;
    QPushButton* m_fromFile;
    QDateTimeEdit* m_time;
    std::optional<Journal::Span> m_span; // of what is known of times in this keyspace
    QLineEdit* m_also;
    ServerBox* m_server;
    std::optional<KeptPosition> m_kept; // where what is chosen was stopped last
    QLabel* m_problem;
    QScrollArea* m_choices;
    QPushButton* m_ok;
};

} // namespace vtscope

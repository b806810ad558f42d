#pragma once

#include "streamcore/connection/settings.h"
#include "ui/connect/formrows.h"

#include <QWidget>

#include <functional>

class QCheckBox;
class QComboBox;
class QGridLayout;
class QLineEdit;
class QPushButton;
class QTimer;

namespace vtscope {

class PasswordField;
class TagPicker;

/// The fields of a connection, with what is wrong in them said below each. GUI thread.
class ConnectForm : public QWidget
{
    Q_OBJECT

public:
    enum class Field : quint8 {
        Host,
        Database,
        User,
        Password,
        Keep,
        Encryption,
        Cleartext,
        Name,
        Tag,
        Access,
        CaFile,
        Tablet,
        Cells
    };

    explicit ConnectForm(QWidget* parent = nullptr);

    /// What is in the fields now, on top of what setSettings() brought (id and the like). With a host that cannot be
    /// read, host is empty.
    ConnectionSettings settings() const;
    /// What is typed; empty when settings().password says where it comes from instead.
    Secret password() const;
    bool keepsPassword() const;
    /// The source tablet is taken as the user's choice when `isChosen`, else it follows the tag.
    void setSettings(const ConnectionSettings& settings, bool isChosen);
    void setPassword(const Secret& password);
    void setKeepsPassword(bool on);
    /// Empties the password's field and its undo history.
    void forgetPassword();
    bool hasTypedPassword() const { return m_hasTypedPassword; }
    /// In the password's empty field: where it is coming from.
    void setPasswordPlaceholder(const QString& words);

    /// Takes over the values that were found; the others stay.
    void fill(const ImportedSettings& found);

    /// A saved connection that these fields mean: its name is offered, its tag taken unless one was picked.
    void offer(const QString& name, Tag tag);
    /// Beside the tick box, such as "for this session only".
    void setKeepHint(const QString& hint);

    /// Says everything that is wrong, and puts the focus into the first field at fault. True if nothing is.
    bool checkAll();
    void showProblem(Field field, const QString& sentence);
    void clearProblems();
    void focusField(Field field);
    void setPlaintext(bool on);

    void setMoreShown(bool on);
    bool isMoreShown() const { return m_isMoreShown; }
    TabletType tabletType() const;

public Q_SLOTS:
    void browseCaFile();

Q_SIGNALS:
    /// Something that a test depends on, by the user or by a setter.
    void edited();
    /// Name, tag or source: a test that passed stays true, but its connection carries the old ones.
    void relabeled();

private:
    int row(Field field) const { return static_cast<int>(field); }
    QLineEdit* line(const QString& placeholder, bool isData);
    void build();
    void connectFields();
    void changed();
    void checkTyped();
    void checkHost(bool isFinal);
    void checkLogin(bool isFinal);
    void updateVisible();
    void restyle();

    ConnectionSettings m_base;
    QGridLayout* m_grid;
    FormRows m_rows;
    QLineEdit* m_host = nullptr;
    QLineEdit* m_database = nullptr;
    QLineEdit* m_user = nullptr;
    PasswordField* m_password = nullptr;
    QCheckBox* m_keep = nullptr;
    QComboBox* m_encryption = nullptr;
    QCheckBox* m_cleartext = nullptr;
    QLineEdit* m_name = nullptr;
    TagPicker* m_tag = nullptr;
    QWidget* m_access = nullptr;
    QWidget* m_caRow = nullptr;
    QLineEdit* m_caFile = nullptr;
    QPushButton* m_browse = nullptr;
    QComboBox* m_tablet = nullptr;
    QLineEdit* m_cells = nullptr;
    QTimer* m_pause;
    QList<QLineEdit*> m_dataLines;
    QString m_offeredName;
    bool m_isTabletChosen = false;
    bool m_isTagPicked = false;
    bool m_hasTypedPassword = false;
    bool m_isMoreShown = false;
};

} // namespace vtscope

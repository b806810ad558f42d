#pragma once

#include "streamcore/connection/connection.h"

#include <QString>

namespace vtscope {

/// What a failed connection test means to a person. Any thread.
struct FailureWords
{
    QString sentence; ///< what happened
    QString advice;   ///< what to do; may be empty
    QString details;  ///< the server's or system's own words and code; may be empty
};
/// A failure as it is shown: a server that was reached but speaks something else is a wrong host or port, whatever gRPC
/// calls it.
CheckFailure shownAs(CheckFailure failure, const ConnectionSettings& settings);
FailureWords wordsFor(const CheckFailure& failure, const ConnectionSettings& settings);

/// What a working connection was found to be: "A PlanetScale branch, main, role reader. Sync and VStream are offered."
QString wordsFor(const Connection& connection);

/// A short name for a host, to be offered as the connection's name: `aws-eu-west-1`; with the port if that is unusual.
QString guessedName(const QString& hostAndPort);

} // namespace vtscope

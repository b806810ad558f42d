// The parts of the wire tests; each makes the QObject that Qt Test runs.
#pragma once

#include <QObject>

#include <memory>

namespace vtscope::test {

std::unique_ptr<QObject> makeDishonestSuite(); // messages that are not what they should be
std::unique_ptr<QObject> makeEndingSuite();    // errors, silence, cuts
std::unique_ptr<QObject> makeRecoverySuite();  // how streams are opened again
std::unique_ptr<QObject> makeLivenessSuite();  // clocks, throttling, reshards
std::unique_ptr<QObject> makeWireLoginSuite(); // probing, credentials, secrets
std::unique_ptr<QObject> makeProxySuite();     // the way through a proxy
std::unique_ptr<QObject> makeTlsSuite();       // certificates and handshakes
std::unique_ptr<QObject> makeChannelSuite();   // pings, endings of HTTP/2, limits
std::unique_ptr<QObject> makeStatementSuite(); // SQL sessions and acknowledgements

} // namespace vtscope::test

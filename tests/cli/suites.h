// The parts of the command line's tests; each makes the QObject that Qt Test runs.
#pragma once

#include <QObject>

#include <memory>

namespace vtscope::test {

std::unique_ptr<QObject> makeStreamSuite();    // check, discover, watch, export
std::unique_ptr<QObject> makeQueueCliSuite();  // queue list, ack, subscribe
std::unique_ptr<QObject> makeExitCodeSuite();  // how it ends
std::unique_ptr<QObject> makeSecretSuite();    // where passwords come from and never stand
std::unique_ptr<QObject> makeNetworkSuite();   // certificates, proxies
std::unique_ptr<QObject> makeCapturingSuite(); // captures whose program or disk came to an end
std::unique_ptr<QObject> makeCursorSuite();    // cursor files and stop positions
std::unique_ptr<QObject> makeTroubleSuite();   // streams in trouble, of a server made of scripts
std::unique_ptr<QObject> makeConvertSuite();   // rings; captures put into captures

} // namespace vtscope::test

// A certificate for this machine, made when none is there: an authority of its own and a server certificate for
// localhost.
#pragma once

#include <string>

namespace localbranch {

struct ServerCertificate
{
    std::string chainPem;
    std::string keyPem;
};

/// DIR/cert.pem and DIR/key.pem; writes them, and DIR/ca.pem, if they are missing. Throws std::runtime_error.
ServerCertificate serverCertificate(const std::string& directory);

} // namespace localbranch

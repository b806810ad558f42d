#pragma once

#include <QString>

namespace vtscope {

/// What to say beside "Keep in the system keyring": empty when nothing speaks against it, else that a password lasts
/// for this session only. Looks once whether a keyring can be reached. GUI thread.
QString keyringHint();

/// What came of writing a password, for keyringHint() from then on. Fits SecretStore::Written. GUI thread.
void rememberKeyring(bool isKept);

} // namespace vtscope

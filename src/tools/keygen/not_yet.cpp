// What the command line knows and this program cannot do so far.
#include "tools/keygen/actions.h"

namespace nacre::keygen {

Result<int> download_keys_of_token(const Settings& settings)
{
    if (settings.token)
        return bad_input("-D: keys on PKCS#11 tokens are not supported yet");
    return bad_input("-K: resident keys of FIDO authenticators are not supported yet");
}

} // namespace nacre::keygen

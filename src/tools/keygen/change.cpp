// Changing what surrounds a key: its passphrase, its comment, what its token demands.
#include <fmt/format.h>

#include "base/text.h"
#include "os/print.h"
#include "tools/keygen/actions.h"
#include "tools/keygen/key_desk.h"
#include "tools/keygen/token_keys.h"

namespace nacre::keygen {

Result<int> change_passphrase(const Settings& settings)
{
    auto& file = *settings.file;
    auto loaded = TRY(load_private(settings, file));
    if (!loaded.file.comment.empty())
        say("Key has comment '{}'\n", for_people(printable_line(loaded.file.comment)));
    auto passphrase = TRY(choose_passphrase(settings, "Enter new passphrase (empty for no passphrase): "));
    if (!settings.options.empty())
        loaded.file.key = TRY(with_changed_demands(loaded.file.key, settings.options));
    if (auto saved = save_private(settings, file, loaded.file.key, loaded.file.comment, passphrase); !saved)
        return give_up(saved.error());
    say("Your identification has been saved with the new passphrase.\n");
    return exit_ok;
}

Result<int> change_comment(const Settings& settings)
{
    auto& file = *settings.file;
    auto loaded = TRY(load_private(settings, file));
    if (loaded.file.form != KeyFileForm::openssh)
        say(stderr, "{} becomes a file of OpenSSH's own format, which alone has room for a comment\n", printable(file));
    say("Old comment: {}\n", for_people(printable_line(loaded.file.comment)));
    auto comment = settings.comment;
    if (!comment)
        comment = ask_line("New comment: ");
    if (!comment)
        return give_up(bad_input("no comment was given").error());
    if (auto saved = save_both(settings, file, loaded.file.key, *comment, loaded.passphrase); !saved)
        return give_up(saved.error());
    say("Comment {}\n", comment->empty() ? "removed" : fmt::format("'{}' applied", printable_line(*comment)));
    return exit_ok;
}

} // namespace nacre::keygen

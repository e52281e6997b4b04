#include "client/known_hosts_command.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/text.h"
#include "config/lexer.h"
#include "config/none.h"
#include "keys/fingerprint.h"
#include "os/process.h"

namespace nacre {
namespace {

constexpr std::size_t largest_output = 16 * 1024 * 1024;

std::string_view name_of(KnownHostsPurpose purpose)
{
    switch (purpose) {
    case KnownHostsPurpose::order: return "ORDER";
    case KnownHostsPurpose::host_name: return "HOSTNAME";
    case KnownHostsPurpose::address: break;
    }
    return "ADDRESS";
}

Tokens tokens_for(const ClientOptions& options, KnownHostsPurpose purpose, const std::string& name, const PublicKey* key)
{
    auto hash = options.fingerprint_hash;
    Tokens tokens;
    tokens.set('H', name)
        .set('I', std::string{name_of(purpose)})
        .set('f', key ? fingerprint(*key, hash) : "NONE")
        .set('K', key ? to_base64(key->blob()) : "NONE")
        .set('t', key ? std::string{key->type().name} : "NONE");
    return tokens;
}

} // namespace

Result<std::string> run_known_hosts_command(const Configuration& configuration, KnownHostsPurpose purpose,
                                            const std::string& name, const PublicKey* key)
{
    auto& command = configuration.options().known_hosts_command;
    if (is_unset(command))
        return std::string{};
    auto words = TRY(lex_words(command));
    auto tokens = tokens_for(configuration.options(), purpose, name, key);
    SpawnRequest request{.input = null_stream};
    for (auto& word : words) {
        auto argument = TRY(configuration.expand_with_variables(word, tokens::known_hosts_command, tokens));
        request.arguments.push_back(std::move(argument));
    }
    if (request.arguments.empty() || !request.arguments.front().starts_with('/'))
        return bad_input("KnownHostsCommand: the path of the program must be absolute");
    request.program = request.arguments.front();
    auto captured = TRY(capture(std::move(request), largest_output));
    if (!captured.status.success())
        return bad_input(fmt::format("KnownHostsCommand {} failed", printable(words.front())));
    return std::string{as_text(captured.output)};
}

} // namespace nacre

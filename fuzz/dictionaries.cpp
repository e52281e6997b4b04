// Dictionaries for libFuzzer, from the tables and declarations themselves: NAME.dict for each target that has one, in the
// folder that is named.  A name that goes over the wire stands there with its length in front, as well.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "auth/methods.h"
#include "config/algorithm_lists.h"
#include "config/client_keywords.h"
#include "config/server_keywords.h"
#include "connection/channel_kinds.h"
#include "connection/channel_requests.h"
#include "connection/global_requests.h"
#include "keys/key_types.h"
#include "sftp/requests.h"
#include "transport/ciphers.h"
#include "transport/compressions.h"
#include "transport/kex_method.h"
#include "transport/macs.h"
#include "transport/proposal.h"

using namespace nacre;

namespace {

using Words = std::set<std::string>;

template <class Table>
Words names_in(const Table& table)
{
    Words words;
    for (auto& row : table)
        words.emplace(row.name);
    return words;
}

template <class... M>
Words names_of_messages()
{
    return {std::string{M::name}...};
}

Words together(std::initializer_list<Words> parts)
{
    Words all;
    for (auto& part : parts)
        all.insert(part.begin(), part.end());
    return all;
}

Words with_lengths(const Words& names)
{
    Words all = names;
    for (auto& name : names)
        all.insert(std::string{'\0', '\0', '\0', static_cast<char>(name.size())} + name);
    return all;
}

void write(const std::filesystem::path& path, const Words& words)
{
    constexpr std::size_t longest = 64;                           // libFuzzer's
    std::ofstream out{path};
    for (auto& word : words) {
        if (word.empty() || word.size() > longest)
            continue;
        std::string escaped;
        for (char c : word)
            escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        out << '"' << escaped << "\"\n";
    }
}

} // namespace

int main(int count, char** words)
{
    if (count != 2)
        return 2;
    auto keys = together({names_in(key_types()), names_in(signature_algorithms())});
    auto offers = together({names_in(ciphers()), names_in(macs()), names_in(kex_methods()), names_in(compressions()), keys,
                            {std::string{kex_marker::ext_info_client}, std::string{kex_marker::strict_client},
                             std::string{kex_marker::strict_server}}});
    Words methods{std::string{service::userauth}, std::string{service::connection},
                  std::string{method::publickey_hostbound}, std::string{method::none}};
    methods = together({methods, names_in(client_methods)});
    auto channels = names_of_messages<SessionChannel, ForwardedTcpip, DirectTcpip, DirectStreamlocal, ForwardedStreamlocal,
                                      X11Channel, TunnelChannel, AgentChannel, StandardAgentChannel, PtyRequest, X11Request, EnvRequest,
                                      AgentRequest, StandardAgentRequest,
                                      ShellRequest, ExecRequest, SubsystemRequest, WindowChange, SignalRequest, BreakRequest,
                                      ExitStatusRequest, ExitSignalRequest, EndOfWrite, KeepAlive, NoMoreSessions, TcpipForward,
                                      CancelTcpipForward, StreamlocalForward, CancelStreamlocalForward, HostKeys,
                                      HostKeysProve>();
    Words files;
    for (auto& row : sftp::request_kinds())
        files.emplace(row.extension);

    std::filesystem::path folder{words[1]};
    for (auto name : {"kexinit", "key_exchange"})
        write(folder / fmt::format("{}.dict", name), with_lengths(offers));
    for (auto name : {"agent", "authorized_keys", "certificate", "host_key_update", "key_file", "known_hosts", "krl",
                      "public_key", "sshsig", "token_answers"})
        write(folder / fmt::format("{}.dict", name), with_lengths(keys));
    for (auto name : {"keysign", "monitor", "userauth_client", "userauth_server"})
        write(folder / fmt::format("{}.dict", name), with_lengths(together({keys, methods})));
    write(folder / "connection.dict", with_lengths(channels));
    write(folder / "session.dict", with_lengths(together({channels, methods})));
    for (auto name : {"sftp_client", "sftp_server"})
        write(folder / fmt::format("{}.dict", name), with_lengths(files));
    write(folder / "config_client.dict", names_in(client_keywords().rows));
    write(folder / "config_server.dict", names_in(server_keywords().rows));
    return 0;
}

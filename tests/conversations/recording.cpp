#include "recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <stdexcept>

namespace nacre::test {
namespace {

struct Field {
    std::string_view name;
    std::string Proposal::*list;
};
constexpr std::array<Field, 5> lists{{{"kex", &Proposal::kex_methods},
                                      {"host-key", &Proposal::host_key_algorithms},
                                      {"ciphers", &Proposal::ciphers},
                                      {"macs", &Proposal::macs},
                                      {"compressions", &Proposal::compressions}}};

void read_line(Recording& recording, std::string_view line)
{
    auto space = line.find(' ');
    auto name = line.substr(0, space);
    auto value = space == std::string_view::npos ? std::string_view{} : line.substr(space + 1);
    auto list = std::ranges::find(lists, name, &Field::name);
    if (list != lists.end())
        recording.proposal.*list->list = value;
    else if (name == "role")
        recording.role = value == "client" ? Role::client : Role::server;
    else if (name == "peer")
        recording.peer = value;
    else if (name == "user")
        recording.user = value;
    else if (name == "seed")
        std::from_chars(value.data(), value.data() + value.size(), recording.seed);
    else if (name == "<")
        recording.heard.push_back(from_hex(value).value());
    else if (name == "=")
        recording.transcript.emplace_back(value);
    else
        throw std::runtime_error(fmt::format("unknown line \"{}\"", name));
}

} // namespace

Recording Recording::read(const std::filesystem::path& file)
{
    Recording recording;
    std::ifstream in{file};
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    for (std::string line; std::getline(in, line);)
        if (!line.empty() && line.front() != '#')
            read_line(recording, line);
    return recording;
}

void Recording::write(const std::filesystem::path& file) const
{
    std::ofstream out{file};
    out << fmt::format("role {}\npeer {}\nuser {}\nseed {}\n", role == Role::client ? "client" : "server", peer, user, seed);
    for (auto& list : lists)
        out << list.name << ' ' << proposal.*list.list << '\n';
    for (auto& piece : heard)
        out << "< " << to_hex(piece) << '\n';
    for (auto& line : transcript)
        out << "= " << line << '\n';
}

} // namespace nacre::test

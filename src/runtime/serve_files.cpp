#include "runtime/serve_files.h"

#include <algorithm>
#include <utility>

#include "sftp/tree_server.h"

namespace nacre {
namespace {

// Lives in the program's functions, and so as long as it.
class Conversation {
public:
    Conversation(ServedProgram& program, sftp::FileTree& tree, std::unique_ptr<sftp::FileTree> own, sftp::ServerRules rules)
        : program_(program), own_(std::move(own)), server_(tree, std::move(rules), log_)
    {
    }

    void take(Bytes data)
    {
        while (!data.empty() && !is_over_) {                      // what comes behind is not even kept
            auto space = server_.receive_space();
            auto count = std::min(space.size(), data.size());
            std::ranges::copy(data.first(count), space.begin());
            server_.received(count);
            data = data.subspan(count);
        }
        work();
    }

    // As far as the client takes the answers.
    void work()
    {
        while (!is_over_) {
            if (program_.unsent() > MemoryEndpoint::most_unsent)
                return program_.hold_input(true);                 // until on_room
            bool goes_on = server_.work().has_value();
            auto bytes = server_.to_send();                       // also to what came before a broken message
            program_.write(bytes);
            server_.sent(bytes.size());
            if (!goes_on)
                return end(1);
            if (bytes.empty())
                return program_.hold_input(false);
        }
    }

    void end(std::uint32_t status)
    {
        if (!std::exchange(is_over_, true))
            program_.end(status);
    }

private:
    ServedProgram& program_;
    NoLog log_;
    std::unique_ptr<sftp::FileTree> own_;                         // null: somebody else's
    sftp::TreeServer server_;
    bool is_over_ = false;
};

bool serve(ServedProgram& program, sftp::FileTree& tree, std::unique_ptr<sftp::FileTree> own, sftp::ServerRules rules)
{
    if (program.kind() != ServedProgram::Kind::subsystem || program.command() != "sftp")
        return false;
    auto conversation = std::make_shared<Conversation>(program, tree, std::move(own), std::move(rules));
    program.on_data = [conversation](Bytes data) { conversation->take(data); };
    program.on_room = [conversation] { conversation->work(); };
    program.on_end = [conversation] { conversation->end(0); };
    return true;
}

} // namespace

bool serve_files(ServedProgram& program, sftp::FileTree& tree, sftp::ServerRules rules)
{
    return serve(program, tree, nullptr, std::move(rules));
}

bool serve_files(ServedProgram& program, std::unique_ptr<sftp::FileTree> tree, sftp::ServerRules rules)
{
    auto& borrowed = *tree;
    return serve(program, borrowed, std::move(tree), std::move(rules));
}

} // namespace nacre

// In place of node:child_process in commander, which starts programs for subcommands that are files: there are none, and to load
// it takes a twentieth of the start of a command.
module.exports = {}

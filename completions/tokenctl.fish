# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tokenctl_global_optspecs
    string join \n store= config= format= json timeout= color= q/quiet v/verbose h/help V/version
end

function __fish_tokenctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tokenctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tokenctl_using_subcommand
    set -l cmd (__fish_tokenctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tokenctl -n "__fish_tokenctl_needs_command" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_needs_command" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_needs_command" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_needs_command" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_needs_command" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_needs_command" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -s V -l version -d 'Print version'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "init" -d 'Create an empty store'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "migrate" -d 'Bring an older store to the schema of this build'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "user" -d 'Manage the owners of tokens'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "issue" -d 'Issue a token and print its secret, once'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "list" -d 'List tokens'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "show" -d 'Show one token in full'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "verify" -d 'Authenticate a header exactly as a server would'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "identify" -d 'Say which token a secret is, without using it'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "restrict" -d 'Take rights, networks or time away from tokens'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "extend" -d 'Move the end of tokens to later'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "edit" -d 'Change the note and the labels of a token'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "can" -d 'Say whether a token may do something'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "policy" -d 'Work on policy documents'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "revoke" -d 'Revoke tokens so that they are refused from now on'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "rotate" -d 'Replace a token by a new one with the same rights'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "suspend" -d 'Refuse tokens until they are resumed'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "resume" -d 'Let suspended tokens work again'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "prune" -d 'Remove tokens that have been dead for long'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "scan" -d 'Find tokens in files: logs, diffs, dumps'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "audit" -d 'Read the history of every change, and check it'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "stats" -d 'Show the store in numbers'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "export" -d 'Write users and tokens out, without secrets'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "import" -d 'Bring in users and tokens from another store or system'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "copy" -d 'Copy users and tokens from one store to another'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "backup" -d 'Copy the store to a new file, while it is in use'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "restore" -d 'Bring back what a backup has and the store has lost'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "check" -d 'Look for all that may be wrong with the store'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "serve" -d 'Answer web servers and proxies: may this request go on?'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "probe" -d 'Try a server or proxy with requests good and bad'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "proxy-config" -d 'Print a configuration with which a proxy asks `tokenctl serve`'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "config" -d 'Show the settings in force and where they come from'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "man" -d 'Print the man page, or write all of them to a directory'
complete -c tokenctl -n "__fish_tokenctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand migrate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "add" -d 'Add a user'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "list" -d 'List the users'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "show" -d 'Show one user'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "rename" -d 'Give a user another name; the old one stays reserved'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "disable" -d 'Refuse all tokens of a user until they are enabled again'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "enable" -d 'Let the tokens of a disabled user work again'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "delete" -d 'Revoke all tokens of a user and remove the user; the name stays reserved'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and not __fish_seen_subcommand_from add list show rename disable enable delete help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l columns -d 'Show these fields, in this order; the names are those of --json' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l reason -d 'Keep this reason with the tokens that are revoked' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what would be done, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask; needed where there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a user'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the users'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show one user'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a user another name; the old one stays reserved'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Refuse all tokens of a user until they are enabled again'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Let the tokens of a disabled user work again'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Revoke all tokens of a user and remove the user; the name stays reserved'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l policy -d 'Allow what the policy in this JSON file says; `-` reads stdin' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l expires -d 'End the token after this duration or at this time; `never` has to be said [default: 90d]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l note -d 'Note what the token is for' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l label -d 'Label the token (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l network -d 'Accept the token only from this network, such as `10.0.0.0/8` (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l prefix -d 'Begin the token with this prefix [default: tkc]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l generator -d 'Make the token in this format: `tokenctl_v1`, `vendor_checksum` or `legacy_sha1` [default: tokenctl_v1]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l out -d 'Write the secret to this new file (0600) instead of stdout' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l read-only -d 'Allow GET, HEAD and OPTIONS, and nothing else'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l full-access -d 'Allow everything'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l create-user -d 'Add the user if there is none of this name, and create the default store if there is none'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l header -d 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l sort -d 'Order the list by this; equal ones come in the order of their issue' -r -f -a "created\t''
expires\t''
last-used\t''
user\t''
id\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l limit -d 'List at most this many' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l after -d 'Continue after this token, the last one of the page before' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l columns -d 'Show these fields, in this order; the names are those of --json' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l reverse -d 'Reverse the order'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l cursor -d 'End `--format jsonl` with a line that holds the id for --after, or null on the last page'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l exit-code -d 'Exit with 17 when a token is listed, for cron'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l method -d 'Ask the policy of the token about this method [default: GET when a resource or path is named]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l resource -d 'Ask the policy of the token about this resource' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l id -d 'Ask the policy of the token about this object of the resource' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l path -d 'Ask the policy of the token about what this path is, by `[catalogue]` of the configuration' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l address -d 'Authenticate as a client at this address; without one, a token with networks is refused' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l at -d 'Judge expiry at this time, such as `2026-12-31T18:00:00Z`, instead of now' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l header-from -d 'Take the header of this scheme alone (can be repeated, in order) [default: all three]' -r -f -a "token\t''
bearer\t''
basic\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l explain -d 'Say step by step how the answer was found'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l record-use -d 'Record the use, as a server does; that of a secret that was rotated out too, as `rotation.on_reuse` says'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand identify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l policy -d 'Make the policy in this file the policy of the token; `-` reads stdin' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l allow -d 'Leave what a rule allows, such as `review:GET`, and nothing else (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l block -d 'Take away what a rule says, such as `DELETE` (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l network -d 'Refuse the token from elsewhere than this network (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l expires -d 'End the token at this time or after this duration, unless it ends before' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l read-only -d 'Leave GET, HEAD and OPTIONS and nothing else'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l intersect -d 'Leave what both the old policy and the file allow'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l allow-widening -d 'Take the file as it is, also where it allows what was not allowed before'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l dry-run -d 'Show what would change, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -s y -l yes -d 'Do not ask before tokens that were chosen by flags are restricted'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l all -d 'Restrict every token of the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restrict" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l expires -d 'End the token at this time or after this duration; `never` has to be said' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l expired-too -d 'Bring tokens back whose end has come'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l dry-run -d 'Show what would be hit, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -s y -l yes -d 'Do not ask; needed where a question is asked and there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l all -d 'Choose every token of the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand extend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l note -d 'Note what the token is for; an empty text takes the note away' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l label -d 'Label the token, in the place of a label with the same key (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l remove-label -d 'Take the label with this key away (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l dry-run -d 'Show what would be changed, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand edit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l list -d 'List all that the policy speaks of, allowed or not'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand can" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "check" -d 'Say all that is wrong with a policy, each with its place'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "lint" -d 'Find what a policy says without meaning it, and mend it'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "explain" -d 'Say what a policy allows, in words or for one access'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "diff" -d 'Show on what two policies differ'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "test" -d 'Check a policy against a table of expectations'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "presets" -d 'List the policies that come with tokenctl'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and not __fish_seen_subcommand_from check lint explain diff test presets help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l fix -d 'Write the safe form back to the file, or to stdout for `-`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l exit-code -d 'Exit with 17 when something is found'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l token -d 'Explain the policy of this token' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l method -d 'Decide about this method [default: GET when a resource is named]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l resource -d 'Decide about this resource' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l id -d 'Decide about this object of the resource' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l policy -d 'Check this policy instead of the one that the table names' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from presets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "check" -d 'Say all that is wrong with a policy, each with its place'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "lint" -d 'Find what a policy says without meaning it, and mend it'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Say what a policy allows, in words or for one access'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Show on what two policies differ'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "test" -d 'Check a policy against a table of expectations'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "presets" -d 'List the policies that come with tokenctl'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand policy; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l secret -d 'Revoke the token whose secret, or whole header, is read from stdin' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l reason -d 'Keep this reason with the tokens; operators see it, clients do not' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l dry-run -d 'Show what would be hit, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -s y -l yes -d 'Do not ask; needed where a question is asked and there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l all -d 'Choose every token of the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l overlap -d 'Accept the old secret for this long too, such as `24h` [default: refuse it at once]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l expires -d 'End the new token at this time or after this duration; `never` has to be said [default: as the old one]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l prefix -d 'Begin the new token with this prefix [default: that of new tokens]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l out -d 'Write the secret to this new file (0600) instead of stdout' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l header -d 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l dry-run -d 'Show what would be rotated, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -s y -l yes -d 'Do not ask; needed without `--overlap` where there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l status -d 'Tell whether the old token of a rotation is still used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l dry-run -d 'Show what would be hit, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -s y -l yes -d 'Do not ask; needed where a question is asked and there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l all -d 'Choose every token of the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand suspend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l dry-run -d 'Show what would be hit, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -s y -l yes -d 'Do not ask; needed where a question is asked and there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l all -d 'Choose every token of the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l older-than -d 'Remove tokens that have been dead for this long' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l dry-run -d 'Show what would be removed, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -s y -l yes -d 'Do not ask; needed where there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l reason -d 'Keep this reason with them; operators see it, clients do not [default: found by scan]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l hex40 -d 'Look bare words of 40 hexadecimal digits up too, and tell those that are tokens'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l hidden -d 'Read hidden files and directories too'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l no-ignore -d 'Read what .gitignore and .ignore files name too'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l revoke -d 'Revoke the live ones'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l dry-run -d 'Show what would be revoked, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -s y -l yes -d 'Do not ask; needed where there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand scan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -f -a "list" -d 'List events, oldest first'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -f -a "verify" -d 'Check that the chain of events is whole'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -f -a "head" -d 'Print the head of the chain, to keep elsewhere'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and not __fish_seen_subcommand_from list verify head help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l token -d 'Events about this token, which may have been removed: its id, or at least the first 4 characters' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l user -d 'Events about this user and their tokens, by the name they had then' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l actor -d 'Events made by somebody of this name, also behind `sudo`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l action -d 'Events of this action, such as `token.revoked`, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l since -d 'Events at or after this time, from the beginning of this date, or at most this long ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l until -d 'Events before this time, until the end of this date, or at least this long ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l after -d 'Events after the one of this number' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l limit -d 'List at most this many' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l columns -d 'Show these fields, in this order; the names are those of --json' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l newest -d 'List the newest first'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l head -d 'Require that the chain has this head, as `audit head` prints it; `-` reads any number of them from stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from head" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "list" -d 'List events, oldest first'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check that the chain of events is whole'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "head" -d 'Print the head of the chain, to keep elsewhere'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l owners -d 'Show this many owners, those with the most active tokens' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l out -d 'Write to this new file (0600) instead of stdout' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l user -d 'Tokens of this user, or of any of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l state -d 'Tokens in this state' -r -f -a "active\t''
expired\t''
revoked\t''
suspended\t''
rotated\t''
any\t''"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l expiring-within -d 'Active tokens that end within this time, such as `7d`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l unused-for -d 'Tokens not used for this long; one never used counts from its issue' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l created-before -d 'Tokens issued before this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l created-after -d 'Tokens issued after this time, date, or duration ago' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l label -d 'Tokens with this label, and all of these (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l generator -d 'Tokens of this format, such as `legacy_sha1`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l ids-from -d 'Tokens whose ids stand on stdin, one a line' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l never-used -d 'Tokens that were never used'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l deprecated -d 'Tokens of a format that `auth.deprecated_generators` lists'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l map -d 'Read these columns: `user`, `token` or `sha256`, and `expires`, `note`, `created`, `last_used`, `policy`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l user -d 'Give the tokens of a plain list, or of a table without such a column, to this user' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l policy -d 'Allow them what the policy in this JSON file says' -r -F
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l dry-run -d 'Show what would be brought in and what is odd, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l skip-bad -d 'Leave out what cannot be brought in, instead of stopping at it'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l read-only -d 'Allow them GET, HEAD and OPTIONS, and nothing else'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l full-access -d 'Allow them everything'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand copy" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l dry-run -d 'Show what would come back and what would stay dead, and do nothing'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -s y -l yes -d 'Do not ask; needed where there is no terminal'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l listen -d 'Listen at this address, or on this unix socket [default: 127.0.0.1:9180]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l profile -d 'Answer this kind of proxy: `nginx`, `traefik`, `caddy` or `envoy` [default: nginx]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l trusted-proxy -d 'Let this proxy ask, and believe its X-Forwarded-For: an address, a block, or `unix` [default: this machine] (can be repeated)' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l throttle -d 'Refuse a client\'s address after so many failed logins, as in `5/m` [default: never]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l allow-remote -d 'Listen at an address that other machines can reach'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l socket-group -d 'Let the group of this process connect to the unix socket too'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l no-access-log -d 'Do not write requests to stdout'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l profile -d 'Ask `tokenctl serve` itself, as this kind of proxy does: `nginx`, `traefik`, `caddy` or `envoy`' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l user -d 'Issue the tokens to this user, who is added if there is none of this name' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l wait -d 'Wait this long for each answer' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l auth -d 'Ask the `tokenctl serve` that listens here' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l upstream -d 'Put the proxy in front of the service at this URL' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l listen -d 'Let the proxy listen on this port, of this machine alone unless an address is given' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand proxy-config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l store -d 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l config -d 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l format -d 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]' -r -f -a "table\t'Aligned columns for people'
json\t'One array, or one object'
jsonl\t'One object a line'
csv\t'Comma-separated values with a header'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l timeout -d 'Wait this long for the write lock of the store [default: 30s]' -r
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l color -d 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]' -r -f -a "auto\t'On terminals, unless NO_COLOR is set'
always\t'Also into files and pipes'
never\t'Not at all'"
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -l json -d 'Print JSON, errors too: short for `--format json`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -s q -l quiet -d 'Print nothing on stderr but errors'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -s v -l verbose -d 'Say more on stderr (can be repeated)'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "init" -d 'Create an empty store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "migrate" -d 'Bring an older store to the schema of this build'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "user" -d 'Manage the owners of tokens'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "issue" -d 'Issue a token and print its secret, once'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "list" -d 'List tokens'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "show" -d 'Show one token in full'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "verify" -d 'Authenticate a header exactly as a server would'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "identify" -d 'Say which token a secret is, without using it'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "restrict" -d 'Take rights, networks or time away from tokens'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "extend" -d 'Move the end of tokens to later'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "edit" -d 'Change the note and the labels of a token'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "can" -d 'Say whether a token may do something'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "policy" -d 'Work on policy documents'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "revoke" -d 'Revoke tokens so that they are refused from now on'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "rotate" -d 'Replace a token by a new one with the same rights'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "suspend" -d 'Refuse tokens until they are resumed'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "resume" -d 'Let suspended tokens work again'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "prune" -d 'Remove tokens that have been dead for long'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "scan" -d 'Find tokens in files: logs, diffs, dumps'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "audit" -d 'Read the history of every change, and check it'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "stats" -d 'Show the store in numbers'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "export" -d 'Write users and tokens out, without secrets'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "import" -d 'Bring in users and tokens from another store or system'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "copy" -d 'Copy users and tokens from one store to another'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "backup" -d 'Copy the store to a new file, while it is in use'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "restore" -d 'Bring back what a backup has and the store has lost'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "check" -d 'Look for all that may be wrong with the store'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "serve" -d 'Answer web servers and proxies: may this request go on?'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "probe" -d 'Try a server or proxy with requests good and bad'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "proxy-config" -d 'Print a configuration with which a proxy asks `tokenctl serve`'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "config" -d 'Show the settings in force and where they come from'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "man" -d 'Print the man page, or write all of them to a directory'
complete -c tokenctl -n "__fish_tokenctl_using_subcommand help; and not __fish_seen_subcommand_from init migrate user issue list show verify identify restrict extend edit can policy revoke rotate suspend resume prune scan audit stats export import copy backup restore check serve probe proxy-config config completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'

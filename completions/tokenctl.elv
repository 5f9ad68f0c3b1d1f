
use builtin;
use str;

set edit:completion:arg-completer[tokenctl] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'tokenctl'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'tokenctl'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand init 'Create an empty store'
            cand migrate 'Bring an older store to the schema of this build'
            cand user 'Manage the owners of tokens'
            cand issue 'Issue a token and print its secret, once'
            cand list 'List tokens'
            cand show 'Show one token in full'
            cand verify 'Authenticate a header exactly as a server would'
            cand identify 'Say which token a secret is, without using it'
            cand restrict 'Take rights, networks or time away from tokens'
            cand extend 'Move the end of tokens to later'
            cand edit 'Change the note and the labels of a token'
            cand can 'Say whether a token may do something'
            cand policy 'Work on policy documents'
            cand revoke 'Revoke tokens so that they are refused from now on'
            cand rotate 'Replace a token by a new one with the same rights'
            cand suspend 'Refuse tokens until they are resumed'
            cand resume 'Let suspended tokens work again'
            cand prune 'Remove tokens that have been dead for long'
            cand scan 'Find tokens in files: logs, diffs, dumps'
            cand audit 'Read the history of every change, and check it'
            cand stats 'Show the store in numbers'
            cand export 'Write users and tokens out, without secrets'
            cand import 'Bring in users and tokens from another store or system'
            cand copy 'Copy users and tokens from one store to another'
            cand backup 'Copy the store to a new file, while it is in use'
            cand restore 'Bring back what a backup has and the store has lost'
            cand check 'Look for all that may be wrong with the store'
            cand serve 'Answer web servers and proxies: may this request go on?'
            cand probe 'Try a server or proxy with requests good and bad'
            cand proxy-config 'Print a configuration with which a proxy asks `tokenctl serve`'
            cand config 'Show the settings in force and where they come from'
            cand completions 'Print a completion script for a shell'
            cand man 'Print the man page, or write all of them to a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;init'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;migrate'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;user'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand add 'Add a user'
            cand list 'List the users'
            cand show 'Show one user'
            cand rename 'Give a user another name; the old one stays reserved'
            cand disable 'Refuse all tokens of a user until they are enabled again'
            cand enable 'Let the tokens of a disabled user work again'
            cand delete 'Revoke all tokens of a user and remove the user; the name stays reserved'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;user;add'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;list'= {
            cand --columns 'Show these fields, in this order; the names are those of --json'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;show'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;rename'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;disable'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;enable'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;delete'= {
            cand --reason 'Keep this reason with the tokens that are revoked'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be done, and do nothing'
            cand -y 'Do not ask; needed where there is no terminal'
            cand --yes 'Do not ask; needed where there is no terminal'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'tokenctl;user;help'= {
            cand add 'Add a user'
            cand list 'List the users'
            cand show 'Show one user'
            cand rename 'Give a user another name; the old one stays reserved'
            cand disable 'Refuse all tokens of a user until they are enabled again'
            cand enable 'Let the tokens of a disabled user work again'
            cand delete 'Revoke all tokens of a user and remove the user; the name stays reserved'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;user;help;add'= {
        }
        &'tokenctl;user;help;list'= {
        }
        &'tokenctl;user;help;show'= {
        }
        &'tokenctl;user;help;rename'= {
        }
        &'tokenctl;user;help;disable'= {
        }
        &'tokenctl;user;help;enable'= {
        }
        &'tokenctl;user;help;delete'= {
        }
        &'tokenctl;user;help;help'= {
        }
        &'tokenctl;issue'= {
            cand --policy 'Allow what the policy in this JSON file says; `-` reads stdin'
            cand --expires 'End the token after this duration or at this time; `never` has to be said [default: 90d]'
            cand --note 'Note what the token is for'
            cand --label 'Label the token (can be repeated)'
            cand --network 'Accept the token only from this network, such as `10.0.0.0/8` (can be repeated)'
            cand --prefix 'Begin the token with this prefix [default: tkc]'
            cand --generator 'Make the token in this format: `tokenctl_v1`, `vendor_checksum` or `legacy_sha1` [default: tokenctl_v1]'
            cand --out 'Write the secret to this new file (0600) instead of stdout'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --read-only 'Allow GET, HEAD and OPTIONS, and nothing else'
            cand --full-access 'Allow everything'
            cand --create-user 'Add the user if there is none of this name, and create the default store if there is none'
            cand --header 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;list'= {
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --sort 'Order the list by this; equal ones come in the order of their issue'
            cand --limit 'List at most this many'
            cand --after 'Continue after this token, the last one of the page before'
            cand --columns 'Show these fields, in this order; the names are those of --json'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --reverse 'Reverse the order'
            cand --cursor 'End `--format jsonl` with a line that holds the id for --after, or null on the last page'
            cand --exit-code 'Exit with 17 when a token is listed, for cron'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;show'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;verify'= {
            cand --method 'Ask the policy of the token about this method [default: GET when a resource or path is named]'
            cand --resource 'Ask the policy of the token about this resource'
            cand --id 'Ask the policy of the token about this object of the resource'
            cand --path 'Ask the policy of the token about what this path is, by `[catalogue]` of the configuration'
            cand --address 'Authenticate as a client at this address; without one, a token with networks is refused'
            cand --at 'Judge expiry at this time, such as `2026-12-31T18:00:00Z`, instead of now'
            cand --header-from 'Take the header of this scheme alone (can be repeated, in order) [default: all three]'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --explain 'Say step by step how the answer was found'
            cand --record-use 'Record the use, as a server does; that of a secret that was rotated out too, as `rotation.on_reuse` says'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;identify'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;restrict'= {
            cand --policy 'Make the policy in this file the policy of the token; `-` reads stdin'
            cand --allow 'Leave what a rule allows, such as `review:GET`, and nothing else (can be repeated)'
            cand --block 'Take away what a rule says, such as `DELETE` (can be repeated)'
            cand --network 'Refuse the token from elsewhere than this network (can be repeated)'
            cand --expires 'End the token at this time or after this duration, unless it ends before'
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --read-only 'Leave GET, HEAD and OPTIONS and nothing else'
            cand --intersect 'Leave what both the old policy and the file allow'
            cand --allow-widening 'Take the file as it is, also where it allows what was not allowed before'
            cand --dry-run 'Show what would change, and do nothing'
            cand -y 'Do not ask before tokens that were chosen by flags are restricted'
            cand --yes 'Do not ask before tokens that were chosen by flags are restricted'
            cand --all 'Restrict every token of the store'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;extend'= {
            cand --expires 'End the token at this time or after this duration; `never` has to be said'
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --expired-too 'Bring tokens back whose end has come'
            cand --dry-run 'Show what would be hit, and do nothing'
            cand -y 'Do not ask; needed where a question is asked and there is no terminal'
            cand --yes 'Do not ask; needed where a question is asked and there is no terminal'
            cand --all 'Choose every token of the store'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;edit'= {
            cand --note 'Note what the token is for; an empty text takes the note away'
            cand --label 'Label the token, in the place of a label with the same key (can be repeated)'
            cand --remove-label 'Take the label with this key away (can be repeated)'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be changed, and do nothing'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;can'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --list 'List all that the policy speaks of, allowed or not'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand check 'Say all that is wrong with a policy, each with its place'
            cand lint 'Find what a policy says without meaning it, and mend it'
            cand explain 'Say what a policy allows, in words or for one access'
            cand diff 'Show on what two policies differ'
            cand test 'Check a policy against a table of expectations'
            cand presets 'List the policies that come with tokenctl'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;policy;check'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;lint'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --fix 'Write the safe form back to the file, or to stdout for `-`'
            cand --exit-code 'Exit with 17 when something is found'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;explain'= {
            cand --token 'Explain the policy of this token'
            cand --method 'Decide about this method [default: GET when a resource is named]'
            cand --resource 'Decide about this resource'
            cand --id 'Decide about this object of the resource'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;diff'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;test'= {
            cand --policy 'Check this policy instead of the one that the table names'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;presets'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;policy;help'= {
            cand check 'Say all that is wrong with a policy, each with its place'
            cand lint 'Find what a policy says without meaning it, and mend it'
            cand explain 'Say what a policy allows, in words or for one access'
            cand diff 'Show on what two policies differ'
            cand test 'Check a policy against a table of expectations'
            cand presets 'List the policies that come with tokenctl'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;policy;help;check'= {
        }
        &'tokenctl;policy;help;lint'= {
        }
        &'tokenctl;policy;help;explain'= {
        }
        &'tokenctl;policy;help;diff'= {
        }
        &'tokenctl;policy;help;test'= {
        }
        &'tokenctl;policy;help;presets'= {
        }
        &'tokenctl;policy;help;help'= {
        }
        &'tokenctl;revoke'= {
            cand --secret 'Revoke the token whose secret, or whole header, is read from stdin'
            cand --reason 'Keep this reason with the tokens; operators see it, clients do not'
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be hit, and do nothing'
            cand -y 'Do not ask; needed where a question is asked and there is no terminal'
            cand --yes 'Do not ask; needed where a question is asked and there is no terminal'
            cand --all 'Choose every token of the store'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;rotate'= {
            cand --overlap 'Accept the old secret for this long too, such as `24h` [default: refuse it at once]'
            cand --expires 'End the new token at this time or after this duration; `never` has to be said [default: as the old one]'
            cand --prefix 'Begin the new token with this prefix [default: that of new tokens]'
            cand --out 'Write the secret to this new file (0600) instead of stdout'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --header 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`'
            cand --dry-run 'Show what would be rotated, and do nothing'
            cand -y 'Do not ask; needed without `--overlap` where there is no terminal'
            cand --yes 'Do not ask; needed without `--overlap` where there is no terminal'
            cand --status 'Tell whether the old token of a rotation is still used'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;suspend'= {
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be hit, and do nothing'
            cand -y 'Do not ask; needed where a question is asked and there is no terminal'
            cand --yes 'Do not ask; needed where a question is asked and there is no terminal'
            cand --all 'Choose every token of the store'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;resume'= {
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be hit, and do nothing'
            cand -y 'Do not ask; needed where a question is asked and there is no terminal'
            cand --yes 'Do not ask; needed where a question is asked and there is no terminal'
            cand --all 'Choose every token of the store'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;prune'= {
            cand --older-than 'Remove tokens that have been dead for this long'
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be removed, and do nothing'
            cand -y 'Do not ask; needed where there is no terminal'
            cand --yes 'Do not ask; needed where there is no terminal'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;scan'= {
            cand --reason 'Keep this reason with them; operators see it, clients do not [default: found by scan]'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --hex40 'Look bare words of 40 hexadecimal digits up too, and tell those that are tokens'
            cand --hidden 'Read hidden files and directories too'
            cand --no-ignore 'Read what .gitignore and .ignore files name too'
            cand --revoke 'Revoke the live ones'
            cand --dry-run 'Show what would be revoked, and do nothing'
            cand -y 'Do not ask; needed where there is no terminal'
            cand --yes 'Do not ask; needed where there is no terminal'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;audit'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand list 'List events, oldest first'
            cand verify 'Check that the chain of events is whole'
            cand head 'Print the head of the chain, to keep elsewhere'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;audit;list'= {
            cand --token 'Events about this token, which may have been removed: its id, or at least the first 4 characters'
            cand --user 'Events about this user and their tokens, by the name they had then'
            cand --actor 'Events made by somebody of this name, also behind `sudo`'
            cand --action 'Events of this action, such as `token.revoked`, or of any of these (can be repeated)'
            cand --since 'Events at or after this time, from the beginning of this date, or at most this long ago'
            cand --until 'Events before this time, until the end of this date, or at least this long ago'
            cand --after 'Events after the one of this number'
            cand --limit 'List at most this many'
            cand --columns 'Show these fields, in this order; the names are those of --json'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --newest 'List the newest first'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;audit;verify'= {
            cand --head 'Require that the chain has this head, as `audit head` prints it; `-` reads any number of them from stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;audit;head'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;audit;help'= {
            cand list 'List events, oldest first'
            cand verify 'Check that the chain of events is whole'
            cand head 'Print the head of the chain, to keep elsewhere'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;audit;help;list'= {
        }
        &'tokenctl;audit;help;verify'= {
        }
        &'tokenctl;audit;help;head'= {
        }
        &'tokenctl;audit;help;help'= {
        }
        &'tokenctl;stats'= {
            cand --owners 'Show this many owners, those with the most active tokens'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;export'= {
            cand --out 'Write to this new file (0600) instead of stdout'
            cand --user 'Tokens of this user, or of any of these (can be repeated)'
            cand --state 'Tokens in this state'
            cand --expiring-within 'Active tokens that end within this time, such as `7d`'
            cand --unused-for 'Tokens not used for this long; one never used counts from its issue'
            cand --created-before 'Tokens issued before this time, date, or duration ago'
            cand --created-after 'Tokens issued after this time, date, or duration ago'
            cand --label 'Tokens with this label, and all of these (can be repeated)'
            cand --generator 'Tokens of this format, such as `legacy_sha1`'
            cand --ids-from 'Tokens whose ids stand on stdin, one a line'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --never-used 'Tokens that were never used'
            cand --deprecated 'Tokens of a format that `auth.deprecated_generators` lists'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;import'= {
            cand --map 'Read these columns: `user`, `token` or `sha256`, and `expires`, `note`, `created`, `last_used`, `policy`'
            cand --user 'Give the tokens of a plain list, or of a table without such a column, to this user'
            cand --policy 'Allow them what the policy in this JSON file says'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would be brought in and what is odd, and do nothing'
            cand --skip-bad 'Leave out what cannot be brought in, instead of stopping at it'
            cand --read-only 'Allow them GET, HEAD and OPTIONS, and nothing else'
            cand --full-access 'Allow them everything'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;copy'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;backup'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;restore'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --dry-run 'Show what would come back and what would stay dead, and do nothing'
            cand -y 'Do not ask; needed where there is no terminal'
            cand --yes 'Do not ask; needed where there is no terminal'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;check'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;serve'= {
            cand --listen 'Listen at this address, or on this unix socket [default: 127.0.0.1:9180]'
            cand --profile 'Answer this kind of proxy: `nginx`, `traefik`, `caddy` or `envoy` [default: nginx]'
            cand --trusted-proxy 'Let this proxy ask, and believe its X-Forwarded-For: an address, a block, or `unix` [default: this machine] (can be repeated)'
            cand --throttle 'Refuse a client''s address after so many failed logins, as in `5/m` [default: never]'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --allow-remote 'Listen at an address that other machines can reach'
            cand --socket-group 'Let the group of this process connect to the unix socket too'
            cand --no-access-log 'Do not write requests to stdout'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;probe'= {
            cand --profile 'Ask `tokenctl serve` itself, as this kind of proxy does: `nginx`, `traefik`, `caddy` or `envoy`'
            cand --user 'Issue the tokens to this user, who is added if there is none of this name'
            cand --wait 'Wait this long for each answer'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;proxy-config'= {
            cand --auth 'Ask the `tokenctl serve` that listens here'
            cand --upstream 'Put the proxy in front of the service at this URL'
            cand --listen 'Let the proxy listen on this port, of this machine alone unless an address is given'
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;config'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;completions'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;man'= {
            cand --store 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]'
            cand --config 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]'
            cand --format 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]'
            cand --timeout 'Wait this long for the write lock of the store [default: 30s]'
            cand --color 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]'
            cand --json 'Print JSON, errors too: short for `--format json`'
            cand -q 'Print nothing on stderr but errors'
            cand --quiet 'Print nothing on stderr but errors'
            cand -v 'Say more on stderr (can be repeated)'
            cand --verbose 'Say more on stderr (can be repeated)'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'tokenctl;help'= {
            cand init 'Create an empty store'
            cand migrate 'Bring an older store to the schema of this build'
            cand user 'Manage the owners of tokens'
            cand issue 'Issue a token and print its secret, once'
            cand list 'List tokens'
            cand show 'Show one token in full'
            cand verify 'Authenticate a header exactly as a server would'
            cand identify 'Say which token a secret is, without using it'
            cand restrict 'Take rights, networks or time away from tokens'
            cand extend 'Move the end of tokens to later'
            cand edit 'Change the note and the labels of a token'
            cand can 'Say whether a token may do something'
            cand policy 'Work on policy documents'
            cand revoke 'Revoke tokens so that they are refused from now on'
            cand rotate 'Replace a token by a new one with the same rights'
            cand suspend 'Refuse tokens until they are resumed'
            cand resume 'Let suspended tokens work again'
            cand prune 'Remove tokens that have been dead for long'
            cand scan 'Find tokens in files: logs, diffs, dumps'
            cand audit 'Read the history of every change, and check it'
            cand stats 'Show the store in numbers'
            cand export 'Write users and tokens out, without secrets'
            cand import 'Bring in users and tokens from another store or system'
            cand copy 'Copy users and tokens from one store to another'
            cand backup 'Copy the store to a new file, while it is in use'
            cand restore 'Bring back what a backup has and the store has lost'
            cand check 'Look for all that may be wrong with the store'
            cand serve 'Answer web servers and proxies: may this request go on?'
            cand probe 'Try a server or proxy with requests good and bad'
            cand proxy-config 'Print a configuration with which a proxy asks `tokenctl serve`'
            cand config 'Show the settings in force and where they come from'
            cand completions 'Print a completion script for a shell'
            cand man 'Print the man page, or write all of them to a directory'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'tokenctl;help;init'= {
        }
        &'tokenctl;help;migrate'= {
        }
        &'tokenctl;help;user'= {
        }
        &'tokenctl;help;issue'= {
        }
        &'tokenctl;help;list'= {
        }
        &'tokenctl;help;show'= {
        }
        &'tokenctl;help;verify'= {
        }
        &'tokenctl;help;identify'= {
        }
        &'tokenctl;help;restrict'= {
        }
        &'tokenctl;help;extend'= {
        }
        &'tokenctl;help;edit'= {
        }
        &'tokenctl;help;can'= {
        }
        &'tokenctl;help;policy'= {
        }
        &'tokenctl;help;revoke'= {
        }
        &'tokenctl;help;rotate'= {
        }
        &'tokenctl;help;suspend'= {
        }
        &'tokenctl;help;resume'= {
        }
        &'tokenctl;help;prune'= {
        }
        &'tokenctl;help;scan'= {
        }
        &'tokenctl;help;audit'= {
        }
        &'tokenctl;help;stats'= {
        }
        &'tokenctl;help;export'= {
        }
        &'tokenctl;help;import'= {
        }
        &'tokenctl;help;copy'= {
        }
        &'tokenctl;help;backup'= {
        }
        &'tokenctl;help;restore'= {
        }
        &'tokenctl;help;check'= {
        }
        &'tokenctl;help;serve'= {
        }
        &'tokenctl;help;probe'= {
        }
        &'tokenctl;help;proxy-config'= {
        }
        &'tokenctl;help;config'= {
        }
        &'tokenctl;help;completions'= {
        }
        &'tokenctl;help;man'= {
        }
        &'tokenctl;help;help'= {
        }
    ]
    $completions[$command]
}

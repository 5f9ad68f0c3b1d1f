
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'tokenctl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'tokenctl'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'tokenctl' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Create an empty store')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Bring an older store to the schema of this build')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Manage the owners of tokens')
            [CompletionResult]::new('issue', 'issue', [CompletionResultType]::ParameterValue, 'Issue a token and print its secret, once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List tokens')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one token in full')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Authenticate a header exactly as a server would')
            [CompletionResult]::new('identify', 'identify', [CompletionResultType]::ParameterValue, 'Say which token a secret is, without using it')
            [CompletionResult]::new('restrict', 'restrict', [CompletionResultType]::ParameterValue, 'Take rights, networks or time away from tokens')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Move the end of tokens to later')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change the note and the labels of a token')
            [CompletionResult]::new('can', 'can', [CompletionResultType]::ParameterValue, 'Say whether a token may do something')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Work on policy documents')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke tokens so that they are refused from now on')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace a token by a new one with the same rights')
            [CompletionResult]::new('suspend', 'suspend', [CompletionResultType]::ParameterValue, 'Refuse tokens until they are resumed')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Let suspended tokens work again')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove tokens that have been dead for long')
            [CompletionResult]::new('scan', 'scan', [CompletionResultType]::ParameterValue, 'Find tokens in files: logs, diffs, dumps')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Read the history of every change, and check it')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Show the store in numbers')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write users and tokens out, without secrets')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Bring in users and tokens from another store or system')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy users and tokens from one store to another')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Copy the store to a new file, while it is in use')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Bring back what a backup has and the store has lost')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Look for all that may be wrong with the store')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer web servers and proxies: may this request go on?')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Try a server or proxy with requests good and bad')
            [CompletionResult]::new('proxy-config', 'proxy-config', [CompletionResultType]::ParameterValue, 'Print a configuration with which a proxy asks `tokenctl serve`')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings in force and where they come from')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or write all of them to a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;init' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;migrate' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;user' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one user')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a user another name; the old one stays reserved')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse all tokens of a user until they are enabled again')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let the tokens of a disabled user work again')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Revoke all tokens of a user and remove the user; the name stays reserved')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;user;add' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;list' {
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these fields, in this order; the names are those of --json')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;show' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;rename' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;disable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;enable' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;delete' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Keep this reason with the tokens that are revoked')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be done, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'tokenctl;user;help' {
            [CompletionResult]::new('add', 'add', [CompletionResultType]::ParameterValue, 'Add a user')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List the users')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one user')
            [CompletionResult]::new('rename', 'rename', [CompletionResultType]::ParameterValue, 'Give a user another name; the old one stays reserved')
            [CompletionResult]::new('disable', 'disable', [CompletionResultType]::ParameterValue, 'Refuse all tokens of a user until they are enabled again')
            [CompletionResult]::new('enable', 'enable', [CompletionResultType]::ParameterValue, 'Let the tokens of a disabled user work again')
            [CompletionResult]::new('delete', 'delete', [CompletionResultType]::ParameterValue, 'Revoke all tokens of a user and remove the user; the name stays reserved')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;user;help;add' {
            break
        }
        'tokenctl;user;help;list' {
            break
        }
        'tokenctl;user;help;show' {
            break
        }
        'tokenctl;user;help;rename' {
            break
        }
        'tokenctl;user;help;disable' {
            break
        }
        'tokenctl;user;help;enable' {
            break
        }
        'tokenctl;user;help;delete' {
            break
        }
        'tokenctl;user;help;help' {
            break
        }
        'tokenctl;issue' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Allow what the policy in this JSON file says; `-` reads stdin')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'End the token after this duration or at this time; `never` has to be said [default: 90d]')
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'Note what the token is for')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Label the token (can be repeated)')
            [CompletionResult]::new('--network', '--network', [CompletionResultType]::ParameterName, 'Accept the token only from this network, such as `10.0.0.0/8` (can be repeated)')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Begin the token with this prefix [default: tkc]')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Make the token in this format: `tokenctl_v1`, `vendor_checksum` or `legacy_sha1` [default: tokenctl_v1]')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the secret to this new file (0600) instead of stdout')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Allow GET, HEAD and OPTIONS, and nothing else')
            [CompletionResult]::new('--full-access', '--full-access', [CompletionResultType]::ParameterName, 'Allow everything')
            [CompletionResult]::new('--create-user', '--create-user', [CompletionResultType]::ParameterName, 'Add the user if there is none of this name, and create the default store if there is none')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;list' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Order the list by this; equal ones come in the order of their issue')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List at most this many')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'Continue after this token, the last one of the page before')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these fields, in this order; the names are those of --json')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--reverse', '--reverse', [CompletionResultType]::ParameterName, 'Reverse the order')
            [CompletionResult]::new('--cursor', '--cursor', [CompletionResultType]::ParameterName, 'End `--format jsonl` with a line that holds the id for --after, or null on the last page')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 17 when a token is listed, for cron')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;show' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;verify' {
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Ask the policy of the token about this method [default: GET when a resource or path is named]')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Ask the policy of the token about this resource')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Ask the policy of the token about this object of the resource')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'Ask the policy of the token about what this path is, by `[catalogue]` of the configuration')
            [CompletionResult]::new('--address', '--address', [CompletionResultType]::ParameterName, 'Authenticate as a client at this address; without one, a token with networks is refused')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Judge expiry at this time, such as `2026-12-31T18:00:00Z`, instead of now')
            [CompletionResult]::new('--header-from', '--header-from', [CompletionResultType]::ParameterName, 'Take the header of this scheme alone (can be repeated, in order) [default: all three]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--explain', '--explain', [CompletionResultType]::ParameterName, 'Say step by step how the answer was found')
            [CompletionResult]::new('--record-use', '--record-use', [CompletionResultType]::ParameterName, 'Record the use, as a server does; that of a secret that was rotated out too, as `rotation.on_reuse` says')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;identify' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;restrict' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Make the policy in this file the policy of the token; `-` reads stdin')
            [CompletionResult]::new('--allow', '--allow', [CompletionResultType]::ParameterName, 'Leave what a rule allows, such as `review:GET`, and nothing else (can be repeated)')
            [CompletionResult]::new('--block', '--block', [CompletionResultType]::ParameterName, 'Take away what a rule says, such as `DELETE` (can be repeated)')
            [CompletionResult]::new('--network', '--network', [CompletionResultType]::ParameterName, 'Refuse the token from elsewhere than this network (can be repeated)')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'End the token at this time or after this duration, unless it ends before')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Leave GET, HEAD and OPTIONS and nothing else')
            [CompletionResult]::new('--intersect', '--intersect', [CompletionResultType]::ParameterName, 'Leave what both the old policy and the file allow')
            [CompletionResult]::new('--allow-widening', '--allow-widening', [CompletionResultType]::ParameterName, 'Take the file as it is, also where it allows what was not allowed before')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would change, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask before tokens that were chosen by flags are restricted')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask before tokens that were chosen by flags are restricted')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Restrict every token of the store')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;extend' {
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'End the token at this time or after this duration; `never` has to be said')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--expired-too', '--expired-too', [CompletionResultType]::ParameterName, 'Bring tokens back whose end has come')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be hit, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Choose every token of the store')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;edit' {
            [CompletionResult]::new('--note', '--note', [CompletionResultType]::ParameterName, 'Note what the token is for; an empty text takes the note away')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Label the token, in the place of a label with the same key (can be repeated)')
            [CompletionResult]::new('--remove-label', '--remove-label', [CompletionResultType]::ParameterName, 'Take the label with this key away (can be repeated)')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be changed, and do nothing')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;can' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List all that the policy speaks of, allowed or not')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say all that is wrong with a policy, each with its place')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Find what a policy says without meaning it, and mend it')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what a policy allows, in words or for one access')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show on what two policies differ')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check a policy against a table of expectations')
            [CompletionResult]::new('presets', 'presets', [CompletionResultType]::ParameterValue, 'List the policies that come with tokenctl')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;policy;check' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;lint' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--fix', '--fix', [CompletionResultType]::ParameterName, 'Write the safe form back to the file, or to stdout for `-`')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'Exit with 17 when something is found')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;explain' {
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'Explain the policy of this token')
            [CompletionResult]::new('--method', '--method', [CompletionResultType]::ParameterName, 'Decide about this method [default: GET when a resource is named]')
            [CompletionResult]::new('--resource', '--resource', [CompletionResultType]::ParameterName, 'Decide about this resource')
            [CompletionResult]::new('--id', '--id', [CompletionResultType]::ParameterName, 'Decide about this object of the resource')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;diff' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;test' {
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Check this policy instead of the one that the table names')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;presets' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;policy;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Say all that is wrong with a policy, each with its place')
            [CompletionResult]::new('lint', 'lint', [CompletionResultType]::ParameterValue, 'Find what a policy says without meaning it, and mend it')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Say what a policy allows, in words or for one access')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show on what two policies differ')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Check a policy against a table of expectations')
            [CompletionResult]::new('presets', 'presets', [CompletionResultType]::ParameterValue, 'List the policies that come with tokenctl')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;policy;help;check' {
            break
        }
        'tokenctl;policy;help;lint' {
            break
        }
        'tokenctl;policy;help;explain' {
            break
        }
        'tokenctl;policy;help;diff' {
            break
        }
        'tokenctl;policy;help;test' {
            break
        }
        'tokenctl;policy;help;presets' {
            break
        }
        'tokenctl;policy;help;help' {
            break
        }
        'tokenctl;revoke' {
            [CompletionResult]::new('--secret', '--secret', [CompletionResultType]::ParameterName, 'Revoke the token whose secret, or whole header, is read from stdin')
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Keep this reason with the tokens; operators see it, clients do not')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be hit, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Choose every token of the store')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;rotate' {
            [CompletionResult]::new('--overlap', '--overlap', [CompletionResultType]::ParameterName, 'Accept the old secret for this long too, such as `24h` [default: refuse it at once]')
            [CompletionResult]::new('--expires', '--expires', [CompletionResultType]::ParameterName, 'End the new token at this time or after this duration; `never` has to be said [default: as the old one]')
            [CompletionResult]::new('--prefix', '--prefix', [CompletionResultType]::ParameterName, 'Begin the new token with this prefix [default: that of new tokens]')
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write the secret to this new file (0600) instead of stdout')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--header', '--header', [CompletionResultType]::ParameterName, 'Print `Authorization: token SECRET`, for `curl -H @-` and `tokenctl verify`')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be rotated, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed without `--overlap` where there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed without `--overlap` where there is no terminal')
            [CompletionResult]::new('--status', '--status', [CompletionResultType]::ParameterName, 'Tell whether the old token of a rotation is still used')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;suspend' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be hit, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Choose every token of the store')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;resume' {
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be hit, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where a question is asked and there is no terminal')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Choose every token of the store')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;prune' {
            [CompletionResult]::new('--older-than', '--older-than', [CompletionResultType]::ParameterName, 'Remove tokens that have been dead for this long')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be removed, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;scan' {
            [CompletionResult]::new('--reason', '--reason', [CompletionResultType]::ParameterName, 'Keep this reason with them; operators see it, clients do not [default: found by scan]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--hex40', '--hex40', [CompletionResultType]::ParameterName, 'Look bare words of 40 hexadecimal digits up too, and tell those that are tokens')
            [CompletionResult]::new('--hidden', '--hidden', [CompletionResultType]::ParameterName, 'Read hidden files and directories too')
            [CompletionResult]::new('--no-ignore', '--no-ignore', [CompletionResultType]::ParameterName, 'Read what .gitignore and .ignore files name too')
            [CompletionResult]::new('--revoke', '--revoke', [CompletionResultType]::ParameterName, 'Revoke the live ones')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be revoked, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;audit' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List events, oldest first')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that the chain of events is whole')
            [CompletionResult]::new('head', 'head', [CompletionResultType]::ParameterValue, 'Print the head of the chain, to keep elsewhere')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;audit;list' {
            [CompletionResult]::new('--token', '--token', [CompletionResultType]::ParameterName, 'Events about this token, which may have been removed: its id, or at least the first 4 characters')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Events about this user and their tokens, by the name they had then')
            [CompletionResult]::new('--actor', '--actor', [CompletionResultType]::ParameterName, 'Events made by somebody of this name, also behind `sudo`')
            [CompletionResult]::new('--action', '--action', [CompletionResultType]::ParameterName, 'Events of this action, such as `token.revoked`, or of any of these (can be repeated)')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Events at or after this time, from the beginning of this date, or at most this long ago')
            [CompletionResult]::new('--until', '--until', [CompletionResultType]::ParameterName, 'Events before this time, until the end of this date, or at least this long ago')
            [CompletionResult]::new('--after', '--after', [CompletionResultType]::ParameterName, 'Events after the one of this number')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'List at most this many')
            [CompletionResult]::new('--columns', '--columns', [CompletionResultType]::ParameterName, 'Show these fields, in this order; the names are those of --json')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--newest', '--newest', [CompletionResultType]::ParameterName, 'List the newest first')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;audit;verify' {
            [CompletionResult]::new('--head', '--head', [CompletionResultType]::ParameterName, 'Require that the chain has this head, as `audit head` prints it; `-` reads any number of them from stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;audit;head' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;audit;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List events, oldest first')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Check that the chain of events is whole')
            [CompletionResult]::new('head', 'head', [CompletionResultType]::ParameterValue, 'Print the head of the chain, to keep elsewhere')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;audit;help;list' {
            break
        }
        'tokenctl;audit;help;verify' {
            break
        }
        'tokenctl;audit;help;head' {
            break
        }
        'tokenctl;audit;help;help' {
            break
        }
        'tokenctl;stats' {
            [CompletionResult]::new('--owners', '--owners', [CompletionResultType]::ParameterName, 'Show this many owners, those with the most active tokens')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;export' {
            [CompletionResult]::new('--out', '--out', [CompletionResultType]::ParameterName, 'Write to this new file (0600) instead of stdout')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Tokens of this user, or of any of these (can be repeated)')
            [CompletionResult]::new('--state', '--state', [CompletionResultType]::ParameterName, 'Tokens in this state')
            [CompletionResult]::new('--expiring-within', '--expiring-within', [CompletionResultType]::ParameterName, 'Active tokens that end within this time, such as `7d`')
            [CompletionResult]::new('--unused-for', '--unused-for', [CompletionResultType]::ParameterName, 'Tokens not used for this long; one never used counts from its issue')
            [CompletionResult]::new('--created-before', '--created-before', [CompletionResultType]::ParameterName, 'Tokens issued before this time, date, or duration ago')
            [CompletionResult]::new('--created-after', '--created-after', [CompletionResultType]::ParameterName, 'Tokens issued after this time, date, or duration ago')
            [CompletionResult]::new('--label', '--label', [CompletionResultType]::ParameterName, 'Tokens with this label, and all of these (can be repeated)')
            [CompletionResult]::new('--generator', '--generator', [CompletionResultType]::ParameterName, 'Tokens of this format, such as `legacy_sha1`')
            [CompletionResult]::new('--ids-from', '--ids-from', [CompletionResultType]::ParameterName, 'Tokens whose ids stand on stdin, one a line')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--never-used', '--never-used', [CompletionResultType]::ParameterName, 'Tokens that were never used')
            [CompletionResult]::new('--deprecated', '--deprecated', [CompletionResultType]::ParameterName, 'Tokens of a format that `auth.deprecated_generators` lists')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;import' {
            [CompletionResult]::new('--map', '--map', [CompletionResultType]::ParameterName, 'Read these columns: `user`, `token` or `sha256`, and `expires`, `note`, `created`, `last_used`, `policy`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Give the tokens of a plain list, or of a table without such a column, to this user')
            [CompletionResult]::new('--policy', '--policy', [CompletionResultType]::ParameterName, 'Allow them what the policy in this JSON file says')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would be brought in and what is odd, and do nothing')
            [CompletionResult]::new('--skip-bad', '--skip-bad', [CompletionResultType]::ParameterName, 'Leave out what cannot be brought in, instead of stopping at it')
            [CompletionResult]::new('--read-only', '--read-only', [CompletionResultType]::ParameterName, 'Allow them GET, HEAD and OPTIONS, and nothing else')
            [CompletionResult]::new('--full-access', '--full-access', [CompletionResultType]::ParameterName, 'Allow them everything')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;copy' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;backup' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;restore' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Show what would come back and what would stay dead, and do nothing')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Do not ask; needed where there is no terminal')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;check' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;serve' {
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Listen at this address, or on this unix socket [default: 127.0.0.1:9180]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Answer this kind of proxy: `nginx`, `traefik`, `caddy` or `envoy` [default: nginx]')
            [CompletionResult]::new('--trusted-proxy', '--trusted-proxy', [CompletionResultType]::ParameterName, 'Let this proxy ask, and believe its X-Forwarded-For: an address, a block, or `unix` [default: this machine] (can be repeated)')
            [CompletionResult]::new('--throttle', '--throttle', [CompletionResultType]::ParameterName, 'Refuse a client''s address after so many failed logins, as in `5/m` [default: never]')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--allow-remote', '--allow-remote', [CompletionResultType]::ParameterName, 'Listen at an address that other machines can reach')
            [CompletionResult]::new('--socket-group', '--socket-group', [CompletionResultType]::ParameterName, 'Let the group of this process connect to the unix socket too')
            [CompletionResult]::new('--no-access-log', '--no-access-log', [CompletionResultType]::ParameterName, 'Do not write requests to stdout')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;probe' {
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Ask `tokenctl serve` itself, as this kind of proxy does: `nginx`, `traefik`, `caddy` or `envoy`')
            [CompletionResult]::new('--user', '--user', [CompletionResultType]::ParameterName, 'Issue the tokens to this user, who is added if there is none of this name')
            [CompletionResult]::new('--wait', '--wait', [CompletionResultType]::ParameterName, 'Wait this long for each answer')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;proxy-config' {
            [CompletionResult]::new('--auth', '--auth', [CompletionResultType]::ParameterName, 'Ask the `tokenctl serve` that listens here')
            [CompletionResult]::new('--upstream', '--upstream', [CompletionResultType]::ParameterName, 'Put the proxy in front of the service at this URL')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Let the proxy listen on this port, of this machine alone unless an address is given')
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;config' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;completions' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;man' {
            [CompletionResult]::new('--store', '--store', [CompletionResultType]::ParameterName, 'Use the store at this path [env: TOKENCTL_STORE] [default: tokens.db in your data directory]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read settings from this file [env: TOKENCTL_CONFIG] [default: see `tokenctl config --help`]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Print records as `table`, `json`, `jsonl` or `csv` [default: table]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Wait this long for the write lock of the store [default: 30s]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Use colours `auto` (on a terminal, unless NO_COLOR is set), `always` or `never` [default: auto]')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, errors too: short for `--format json`')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print nothing on stderr but errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Say more on stderr (can be repeated)')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'tokenctl;help' {
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Create an empty store')
            [CompletionResult]::new('migrate', 'migrate', [CompletionResultType]::ParameterValue, 'Bring an older store to the schema of this build')
            [CompletionResult]::new('user', 'user', [CompletionResultType]::ParameterValue, 'Manage the owners of tokens')
            [CompletionResult]::new('issue', 'issue', [CompletionResultType]::ParameterValue, 'Issue a token and print its secret, once')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'List tokens')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show one token in full')
            [CompletionResult]::new('verify', 'verify', [CompletionResultType]::ParameterValue, 'Authenticate a header exactly as a server would')
            [CompletionResult]::new('identify', 'identify', [CompletionResultType]::ParameterValue, 'Say which token a secret is, without using it')
            [CompletionResult]::new('restrict', 'restrict', [CompletionResultType]::ParameterValue, 'Take rights, networks or time away from tokens')
            [CompletionResult]::new('extend', 'extend', [CompletionResultType]::ParameterValue, 'Move the end of tokens to later')
            [CompletionResult]::new('edit', 'edit', [CompletionResultType]::ParameterValue, 'Change the note and the labels of a token')
            [CompletionResult]::new('can', 'can', [CompletionResultType]::ParameterValue, 'Say whether a token may do something')
            [CompletionResult]::new('policy', 'policy', [CompletionResultType]::ParameterValue, 'Work on policy documents')
            [CompletionResult]::new('revoke', 'revoke', [CompletionResultType]::ParameterValue, 'Revoke tokens so that they are refused from now on')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace a token by a new one with the same rights')
            [CompletionResult]::new('suspend', 'suspend', [CompletionResultType]::ParameterValue, 'Refuse tokens until they are resumed')
            [CompletionResult]::new('resume', 'resume', [CompletionResultType]::ParameterValue, 'Let suspended tokens work again')
            [CompletionResult]::new('prune', 'prune', [CompletionResultType]::ParameterValue, 'Remove tokens that have been dead for long')
            [CompletionResult]::new('scan', 'scan', [CompletionResultType]::ParameterValue, 'Find tokens in files: logs, diffs, dumps')
            [CompletionResult]::new('audit', 'audit', [CompletionResultType]::ParameterValue, 'Read the history of every change, and check it')
            [CompletionResult]::new('stats', 'stats', [CompletionResultType]::ParameterValue, 'Show the store in numbers')
            [CompletionResult]::new('export', 'export', [CompletionResultType]::ParameterValue, 'Write users and tokens out, without secrets')
            [CompletionResult]::new('import', 'import', [CompletionResultType]::ParameterValue, 'Bring in users and tokens from another store or system')
            [CompletionResult]::new('copy', 'copy', [CompletionResultType]::ParameterValue, 'Copy users and tokens from one store to another')
            [CompletionResult]::new('backup', 'backup', [CompletionResultType]::ParameterValue, 'Copy the store to a new file, while it is in use')
            [CompletionResult]::new('restore', 'restore', [CompletionResultType]::ParameterValue, 'Bring back what a backup has and the store has lost')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Look for all that may be wrong with the store')
            [CompletionResult]::new('serve', 'serve', [CompletionResultType]::ParameterValue, 'Answer web servers and proxies: may this request go on?')
            [CompletionResult]::new('probe', 'probe', [CompletionResultType]::ParameterValue, 'Try a server or proxy with requests good and bad')
            [CompletionResult]::new('proxy-config', 'proxy-config', [CompletionResultType]::ParameterValue, 'Print a configuration with which a proxy asks `tokenctl serve`')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show the settings in force and where they come from')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Print the man page, or write all of them to a directory')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'tokenctl;help;init' {
            break
        }
        'tokenctl;help;migrate' {
            break
        }
        'tokenctl;help;user' {
            break
        }
        'tokenctl;help;issue' {
            break
        }
        'tokenctl;help;list' {
            break
        }
        'tokenctl;help;show' {
            break
        }
        'tokenctl;help;verify' {
            break
        }
        'tokenctl;help;identify' {
            break
        }
        'tokenctl;help;restrict' {
            break
        }
        'tokenctl;help;extend' {
            break
        }
        'tokenctl;help;edit' {
            break
        }
        'tokenctl;help;can' {
            break
        }
        'tokenctl;help;policy' {
            break
        }
        'tokenctl;help;revoke' {
            break
        }
        'tokenctl;help;rotate' {
            break
        }
        'tokenctl;help;suspend' {
            break
        }
        'tokenctl;help;resume' {
            break
        }
        'tokenctl;help;prune' {
            break
        }
        'tokenctl;help;scan' {
            break
        }
        'tokenctl;help;audit' {
            break
        }
        'tokenctl;help;stats' {
            break
        }
        'tokenctl;help;export' {
            break
        }
        'tokenctl;help;import' {
            break
        }
        'tokenctl;help;copy' {
            break
        }
        'tokenctl;help;backup' {
            break
        }
        'tokenctl;help;restore' {
            break
        }
        'tokenctl;help;check' {
            break
        }
        'tokenctl;help;serve' {
            break
        }
        'tokenctl;help;probe' {
            break
        }
        'tokenctl;help;proxy-config' {
            break
        }
        'tokenctl;help;config' {
            break
        }
        'tokenctl;help;completions' {
            break
        }
        'tokenctl;help;man' {
            break
        }
        'tokenctl;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}

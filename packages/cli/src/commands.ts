/** A command of `tutti`; resolves with its exit code. */
export interface Command {
  readonly usage: string;
  readonly does: string;
  run(args: string[]): Promise<number>;
}

/** Each command is loaded when it is called: starting the server does not wait for the demo's phones. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    'start',
    {
      usage:
        'start [--port N] [--sip-port N] [--host A] [--data DIR] [--ephemeral] [--strict] [--json]',
      does: 'runs the server until Ctrl-C',
      run: async (args) => (await import('./commands/start.ts')).start(args),
    },
  ],
  [
    'run',
    {
      usage: 'run [--data DIR] -- COMMAND…',
      does: 'runs a program so that its Twilio calls reach the server, its code unchanged',
      run: async (args) => (await import('./commands/run.ts')).run(args),
    },
  ],
  [
    'demo',
    {
      usage: 'demo',
      does: 'a phone call and a chat in one conversation, live, and every wrong SID explained',
      run: async (args) => (await import('./commands/demo.ts')).demo(args),
    },
  ],
  [
    'phone',
    {
      usage:
        'phone NUMBER [--dial NUMBER] [--record FILE.wav] [--play FILE.wav] [--auto-answer] [--data DIR]',
      does: 'opens a virtual phone: it rings, answers, hears and keys',
      run: async (args) => (await import('./commands/phone.ts')).phone(args),
    },
  ],
  [
    'tail',
    {
      usage: 'tail [--json] [--data DIR]',
      does: 'shows alerts, webhooks and calls as they happen',
      run: async (args) => (await import('./commands/tail.ts')).tail(args),
    },
  ],
  [
    'replay',
    {
      usage:
        'replay DELIVERY | --failed [--resource SID] [--event NAME] [--host HOST] [--since DATE] [--until DATE] [--limit N] [--json] [--data DIR]',
      does: 'sends a webhook again, or all that failed, with the same idempotency token',
      run: async (args) => (await import('./commands/replay.ts')).replay(args),
    },
  ],
  [
    'sid',
    {
      usage: 'sid SID [--json] [--data DIR]',
      does: 'says what a SID is, what it is bound to and what is wrong with it',
      run: async (args) => (await import('./commands/sid.ts')).sid(args),
    },
  ],
  [
    'audit',
    {
      usage: 'audit [--fix [--yes]] [--no-probe] [--token TOKEN|FILE]... [--json] [--data DIR]',
      does: 'looks at every binding of SIDs on the server for what is wrong, and puts right what is safe',
      run: async (args) => (await import('./commands/audit.ts')).audit(args),
    },
  ],
  [
    'doctor',
    {
      usage:
        'doctor [DIR] [--online] [--server URL] [--url URL] [--token TOKEN|FILE] [--etcd URL] [--consul URL] [--prefix P] [--json | --sarif] [--lang en|zh]',
      does: "looks for what is wrong with SIDs in a project's environment, code, tokens and configuration",
      run: async (args) => (await import('./commands/doctor.ts')).doctor(args),
    },
  ],
  [
    'signature',
    {
      usage:
        'signature explain [FILE] [--url URL] [--signature S] [--form TEXT | --body TEXT] [--token T] [--json] [--lang en|zh]',
      does: 'says why the X-Twilio-Signature of a webhook does not validate',
      run: async (args) => (await import('./commands/signature.ts')).signature(args),
    },
  ],
  [
    'apply',
    {
      usage: 'apply [FILE] [--check] [--prune] [--yes] [--data DIR]',
      does: 'makes applications, numbers, conversations and Conductors what tutti.yaml says',
      run: async (args) => (await import('./commands/apply.ts')).apply(args),
    },
  ],
  [
    'backup',
    {
      usage: 'backup FILE [--overwrite] [--data DIR]',
      does: 'writes everything the server keeps into one file, while it runs or not',
      run: async (args) => (await import('./commands/backup.ts')).backup(args),
    },
  ],
  [
    'restore',
    {
      usage: 'restore FILE [--replace] [--without-pending] [--data DIR]',
      does: 'puts a backup into an empty data directory or PostgreSQL database',
      run: async (args) => (await import('./commands/restore.ts')).restore(args),
    },
  ],
]);

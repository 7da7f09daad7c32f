import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { runTutti } from './_tutti.ts';

const cwd = tmpdir();

it.for([[], ['help'], ['--help'], ['-h'], ['help', '--help']])(
  'lists the commands for `tutti %s`',
  async (args) => {
    const ended = await runTutti(args, { cwd });

    expect(ended).toMatchObject({ code: 0, stderr: '' });
    for (const name of [
      'start',
      'run',
      'demo',
      'phone',
      'tail',
      'replay',
      'sid',
      'doctor',
      'signature',
      'apply',
      'backup',
      'restore',
    ]) {
      expect(ended.stdout).toContain(`  tutti ${name}`);
    }
  },
);

it('tells its version', async () => {
  const ended = await runTutti(['--version'], { cwd });

  expect(ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  });
});

it.for([
  [['tail', '--help']],
  [['tail', '--json', '--data', 'x', '-h']],
  [['help', 'tail']],
] as const)('shows the flags of one command for `tutti %j`', async ([args]) => {
  const ended = await runTutti(args, { cwd });

  expect(ended).toEqual({
    code: 0,
    stdout:
      '  tutti tail [--json] [--data DIR]\n      shows alerts, webhooks and calls as they happen\n',
    stderr: '',
  });
});

it.for([
  [['strat'], 'there is no command strat; did you mean start? (see tutti help)'],
  [['start', '--prot', '1'], "Unknown option '--prot'"],
  [['start', 'now'], "Unexpected argument 'now'"],
  [['start', '--port'], "Option '--port <value>' argument missing"],
  [['run', '--dat', 'x', '--', 'true'], "Unknown option '--dat'"],
  [['run'], 'nothing to run. tutti run [--data DIR] -- node app.js'],
  [['run', '--data', 'x', 'node'], 'nothing to run'],
  [['demo', '--fast'], "Unknown option '--fast'"],
  [['phone'], 'which number? tutti phone +15557654321'],
  [['phone', '1', '2'], '2 is one argument too many for tutti phone.'],
  [['tail', '-x'], "Unknown option '-x'"],
  [['replay'], 'which ones? tutti replay dlv-… or tutti replay --failed'],
  [['replay', 'dlv-1', '--failed'], 'which ones?'],
  [['replay', 'dlv-1', '--event', 'x'], 'which ones?'],
  [['sid'], 'which one? tutti sid CN…'],
  [['apply', 'a', 'b'], 'b is one argument too many for tutti apply.'],
  [['apply', '--check', '--yes'], '--check changes nothing, and --yes is for changes: give one.'],
  [['backup'], 'into which file? tutti backup FILE'],
  [['backup', 'a', 'b'], 'b is one argument too many for tutti backup.'],
  [['restore'], 'from which file? tutti restore FILE'],
  [['restore', 'a', '--force'], "Unknown option '--force'"],
] as const)('refuses `tutti %j` with one line and exit code 2', async ([args, problem]) => {
  const { code, stdout, stderr } = await runTutti(args, { cwd });

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^tutti: [^\n]*\n$/);
  expect(stderr).toContain(problem);
});

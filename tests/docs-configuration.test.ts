import { describe, expect, it } from 'vitest';
import { readConfig } from '../packages/server/src/config/config.ts';
import { envNames } from '../packages/server/src/config/env.ts';
import { filesBelow, tableRows, textOf } from './_files.ts';

const text = textOf('docs/configuration.md');
/** Rows of the server's own table, which alone has six columns. */
const settings = tableRows(text, 'variable').filter(({ length }) => length === 6);
const bare = (cell = ''): string => cell.replaceAll('`', '');

describe('docs/configuration.md', () => {
  it('lists exactly the variables that the server reads', () => {
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.map(([name]) => bare(name)).toSorted()).toEqual([...envNames].toSorted());
  });

  it.each(settings.map((cells) => [bare(cells[0]), cells]))(
    'gives an example of %s that the server takes',
    (name, cells) => {
      const real: Readonly<Record<string, string>> = {
        TWILIO_ACCOUNT_SID: `AC${'0123456789abcdef'.repeat(2)}`,
      };
      // Some are of use only together.
      const together = settings.filter(([other]) =>
        bare(other).startsWith(
          name.replace(
            /_(?:PROXY|USERNAME|PASSWORD|ACCOUNT_SID|AUTH_TOKEN|TLS_(?:CERT|KEY|PORT))$|(?<=_(?:ASR|SPEECH))_(?:KEY|MODEL|VOICES)$/,
            '',
          ),
        ),
      );
      const env = [cells, ...together].map(([each, , , , , example]) => [
        bare(each),
        real[bare(each)] ?? bare(example),
      ]);

      expect(readConfig(Object.fromEntries(env))).toMatchObject({ ok: true });
    },
  );

  it('names every variable that any package reads', () => {
    const files = filesBelow(
      'packages',
      (path) => /\/src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts'),
    );
    const used = new Set(
      files.flatMap((path) =>
        [...textOf(path).matchAll(/\b(?:TUTTI|TWILIO)_[A-Z][A-Z_]*[A-Z]\b/g)].map(([name]) => name),
      ),
    );

    expect(files.length).toBeGreaterThan(0);
    expect(used.size).toBeGreaterThan(0);
    expect([...used].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('names the flags of tutti start, and no other', () => {
    const start = textOf('packages/cli/src/commands.ts');
    const usage = /usage:\s*'start ([^']*)'/.exec(start)?.[1] ?? '';
    const flags = [...usage.matchAll(/--[a-z-]+/g)].map(([flag]) => flag);
    const documented = settings.flatMap(([, flag]) => (bare(flag) === '' ? [] : [bare(flag)]));

    expect(flags.length).toBeGreaterThan(0);
    // --json is about the output and has no variable; the page says so.
    expect([...documented, '--json'].toSorted()).toEqual(flags.toSorted());
  });
});

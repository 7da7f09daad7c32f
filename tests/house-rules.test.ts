import { describe, expect, it } from 'vitest';
import { filesBelow, textOf } from './_files.ts';

const sources = filesBelow(
  'packages',
  (path) => /\/src\/.*\.(ts|tsx|cts|mts)$/.test(path) && !path.endsWith('.test.ts'),
);
/** Where the real clock and real randomness come in, and what runs outside the server. */
const mayBeReal = [
  /^packages\/server\/src\/base\//,
  /^packages\/server\/src\/main\.ts$/,
  /\/real-clock\.ts$/,
  /^packages\/(cli|testkit)\/src\//,
];

/** `path:line` of every line of code that `pattern` finds, comments left out. */
function linesWith(pattern: RegExp, paths: readonly string[]): string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => {
        const code = line.replace(/^\s*(\/\/|\/?\*).*$/, '').replace(/\s\/\/ .*$/, '');
        return pattern.test(code) ? [`${path}:${index + 1}`] : [];
      }),
  );
}

describe('The house rules', () => {
  const rooms = sources.filter((path) => !mayBeReal.some((pattern) => pattern.test(path)));

  it('see the source', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(rooms.length).toBeGreaterThan(100);
    // And they find what they look for, where it may be.
    const base = sources.filter((path) => path.startsWith('packages/server/src/base/'));
    expect(linesWith(/\bDate\.now\b/, base)).not.toEqual([]);
    expect(linesWith(/\brandomUUID\(/, base)).not.toEqual([]);
  });

  it.each([
    ['the time without a Clock', /\bnew Date\(\)|\bDate\.now\b|\bperformance\.now\b/],
    ['randomness without Ids', /\brandomUUID\(|\bMath\.random\b/],
    ['timers without a Clock', /(?<![.\w#])(?:setTimeout|setInterval|setImmediate)\(/],
    ['the environment', /\bprocess\.env\b/],
  ])('let no room take %s', (what, pattern) => {
    const allowed =
      what === 'the environment'
        ? // The doctor writes of it to its users; that it takes nothing from it is linted.
          /config\/env\.ts$|^packages\/(?:client|doctor)\//
        : /\/real-/;

    const found = linesWith(pattern, rooms).filter(
      (place) => !allowed.test(place.replace(/:\d+$/, '')),
    );

    expect(found).toEqual([]);
  });

  it('give everything a name of its own', () => {
    const paths = filesBelow('.', (path) => /\.(ts|tsx|mjs|js|cts|md)$/.test(path));
    const nameless =
      /^_?(utils?|helpers?|common|shared|managers?|misc)(\.|$)|-(utils?|helpers?|manager)\./;

    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((path) => path.split('/').some((part) => nameless.test(part)))).toEqual([]);
  });

  it('name what a package gives out, one by one', () => {
    const indexes = sources.filter((path) => /^packages\/[^/]+\/src\/index\.ts$/.test(path));

    expect(indexes.length).toBeGreaterThan(5);
    expect(linesWith(/export \*/, indexes)).toEqual([]);
  });

  it('import with the extension, and by no path into another package', () => {
    expect(linesWith(/from '\.[^']*(?<!\.(?:ts|cts|json|js|cjs))'/, sources)).toEqual([]);
    expect(
      linesWith(/from '(?:\.\.\/)+(?:ids|twiml|sip|media|server|client|testkit|cli)\//, sources),
    ).toEqual([]);
  });

  it('name no machine and nobody who works on it', () => {
    const paths = filesBelow(
      '.',
      (path) =>
        !path.endsWith('package-lock.json') && /\.(ts|cts|mjs|js|json|md|xml|yml)$/.test(path),
    ).filter((path) => path !== 'tests/house-rules.test.ts');
    const pattern = /\/work\/|\/root\/|\/home\/[a-z]/;

    expect(paths.length).toBeGreaterThan(100);
    expect(paths.filter((path) => pattern.test(textOf(path)))).toEqual([]);
  });
});

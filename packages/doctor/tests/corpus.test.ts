import { examineProject, textOf } from '@tutti/doctor';
import { describe, expect, it } from 'vitest';
import { readCorpus, writeProject } from './_corpus.ts';

const corpus = readCorpus();
/** The access tokens of the corpus are of that day. */
const NOW = Date.parse('2026-11-22T12:00:00Z');

async function findingsOf(files: ReadonlyMap<string, string>): Promise<string[]> {
  using project = writeProject(files);
  const { findings } = await examineProject(project.root, { nowMs: NOW });
  for (const finding of findings) {
    for (const language of ['en', 'zh'] as const) {
      const { what, because, fix } = textOf(finding, language);
      expect(`${what}${because}${fix}`).not.toMatch(/undefined|\[object/);
    }
  }
  return findings.map(({ rule, place }) => `${rule} ${place?.file}:${place?.line}`);
}

describe('the corpus of projects', () => {
  it('has at least forty that are broken', () => {
    expect(corpus.filter(({ finds }) => finds.length > 0).length).toBeGreaterThanOrEqual(40);
  });

  it.each(corpus)('gives for $name what is wrong with it', async ({ broken, finds }) => {
    expect(await findingsOf(broken)).toEqual(finds);
  });

  it.each(corpus)('finds nothing in the repaired $name', async ({ repaired }) => {
    expect(await findingsOf(repaired)).toEqual([]);
  });
});

describe('examining a project', () => {
  it('is done with names that are given to each other', async () => {
    const swaps = Array.from({ length: 40 }, (_, n) => `a = b.next; b = a.next(${n}); c = a ?? b;`);
    const text = `let a, b, c;\n${swaps.join('\n')}\nexport const conductorSid = c;\n// twilio\n`;

    expect(await findingsOf(new Map([['circle.js', text]]))).toEqual([]);
  });

  it('looks for the client of Tutti where a part of the project has its package.json', async () => {
    const create = `const client = require('./client');\nclient.calls.create({ conductorSid });\n`;
    const manifest = '{ "dependencies": { "@tutti/client": "0.1.0" } }';

    expect(
      await findingsOf(
        new Map([
          ['package.json', '{}'],
          ['plain/call.js', create],
          ['tutti/package.json', manifest],
          ['tutti/src/call.js', create],
        ]),
      ),
    ).toEqual(['no-dropped-twilio-parameter plain/call.js:2']);
  });

  it('names the parameter that is nested in one that is dropped', async () => {
    const { broken } = corpus.find(({ name }) => name === 'code-webhook-configuration') ?? {};
    using project = writeProject(broken ?? new Map());
    const { findings } = await examineProject(project.root, { nowMs: NOW });

    expect(findings.map((finding) => textOf(finding, 'zh').fix)).toEqual([
      '您是不是想写 `configuration.flowSid`？',
    ]);
  });

  it('leaves out what is minified, and says so', async () => {
    const line = 'function f(e){return{conductorSid:e.appSid}};'.repeat(200);
    using project = writeProject(new Map([['assets/plugin.js', `/* MIT */\n${line}\n`]]));
    const { findings, leftOut } = await examineProject(project.root, { nowMs: NOW });

    expect(findings).toEqual([]);
    expect(leftOut).toEqual(['assets/plugin.js']);
  });

  it('tells of every twilio in a monorepo', async () => {
    using project = writeProject(
      new Map([
        ['api/call.js', ''],
        ['web/src/call.js', ''],
        ['web/node_modules/twilio/package.json', '{ "version": "4.23.0" }'],
      ]),
    );
    const { twilioVersion } = await examineProject(project.root, { nowMs: NOW });

    expect(twilioVersion).toMatch(/^6\.\d+\.\d+, 4\.23\.0$/);
  });

  it('walks over functions that many routes share once', async () => {
    const chain = Array.from(
      { length: 3000 },
      (_, n) => `function f${n}(q, s) { return f${n + 1}(q, s); }\napp.post('/${n}', f${n});`,
    );
    const text = `// twilio\n${chain.join('\n')}\nfunction f3000(q, s) { check(q); s.send('<Response/>'); }`;

    expect((await findingsOf(new Map([['routes.js', text]]))).length).toBe(3000);
  }, 20_000);
});

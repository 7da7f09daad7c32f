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
});

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { Stage } from '../src/demo/stage.ts';
import { tutti } from './_tutti.ts';

it('plays every step, and exits with 0 in less than 20 s', async () => {
  const demo = tutti(['demo'], { cwd: tmpdir() });

  const code = await demo.exit(20_000);

  expect(demo.stdout).not.toContain('✘');
  expect({ code, stderr: demo.stderr }).toEqual({ code: 0, stderr: '' });
  const steps = demo.lines.filter((line) => line.startsWith('  ✔ '));
  expect(steps.length).toBeGreaterThan(20);
  for (const shown of [
    'MB',
    '75001',
    '75002',
    '75003',
    '75004',
    '75007',
    '75008',
    '75010',
    `All ${steps.length} steps did what they say`,
    'open calls 0, bridges 0, audio legs 0, SIP dialogs 0',
  ]) {
    expect(demo.stdout).toContain(shown);
  }
}, 25_000);

it('ends, with 1, when something it plays with cannot be opened', async () => {
  // The server finds a port, the web server for its webhooks does not.
  const preload = `
    import http from 'node:http';
    import { syncBuiltinESMExports } from 'node:module';
    const { createServer } = http;
    let opened = 0;
    http.createServer = (...args) => {
      opened += 1;
      if (opened === 2) throw new Error('no port is left');
      return createServer(...args);
    };
    syncBuiltinESMExports();
  `;
  const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(preload)}`;
  const demo = tutti(['demo'], { cwd: tmpdir(), env: { NODE_OPTIONS } });

  const code = await demo.exit(10_000);

  expect({ code, stderr: demo.stderr }).toEqual({ code: 1, stderr: '' });
  expect(demo.stdout).toContain('no port is left');
  expect(demo.stdout).toContain('1 of 1 steps did not do what they say.');
});

it('exits with 1 when a step fails, and says which and why', async () => {
  const printed: string[] = [];
  const stage = new Stage((line) => printed.push(line));

  const first = await stage.step('this works', async () => ({ shows: ['a fact'], value: 1 }));
  const second = await stage.step('this does not', async () => {
    throw new Error('the phone did not ring');
  });

  expect([first?.value, second]).toEqual([1, undefined]);
  expect(stage.close()).toBe(1);
  expect(printed).toEqual([
    expect.stringMatching(/^ {2}✔ this works \(\d+ ms\)$/),
    '      a fact',
    '  ✘ this does not',
    '      the phone did not ring',
    '',
    '1 of 2 steps did not do what they say.',
  ]);
});

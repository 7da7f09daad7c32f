import { mintSid } from '@tutti/ids';
import { expect, it } from 'vitest';
import { Metrics } from '../base/metrics.ts';
import { REFUSED_ROWS_MAX, ROWS_MAX, SidLedger, type NotedUse } from './sid-ledger.ts';

const source = { method: 'GET', route: '/v1/Things/:Sid/:Name' } as const;

function open() {
  const metrics = new Metrics();
  const accountSid = mintSid('AC', 0);
  const ledger = new SidLedger({ clock: { now: () => 7 }, metrics });
  const use = (index: number, more: Partial<NotedUse> = {}): void =>
    ledger.note(source, {
      accountSid,
      sid: `CH${String(index).padStart(32, '0')}`,
      outcome: 'passed',
      place: 'path',
      parameter: 'Sid',
      ...more,
    });
  return { ledger, use, metrics };
}

it('keeps a bounded number, those of refusals apart, and counts what it drops', async () => {
  const { ledger, use, metrics } = open();

  for (let index = 0; index < ROWS_MAX + 40; index += 1) use(index);
  for (let index = 0; index < REFUSED_ROWS_MAX + 2; index += 1) use(index, { outcome: 'refused' });
  use(0);

  expect(ledger.take()).toHaveLength(ROWS_MAX + REFUSED_ROWS_MAX);
  expect(await metrics.text()).toContain('tutti_sid_uses_dropped_total 42\n');
  expect(ledger.isEmpty).toBe(true);
});

it('writes in turn, also after a write that failed', async () => {
  const { ledger } = open();
  const done: number[] = [];
  let finish = (): void => undefined;
  const first = ledger.inTurn(async () => {
    await new Promise<void>((resolve) => (finish = resolve));
    done.push(1);
    throw new Error('no disk');
  });
  const second = ledger.inTurn(async () => {
    done.push(2);
  });
  await Promise.resolve();
  finish();

  await expect(first).rejects.toThrow('no disk');
  await second;

  expect(done).toEqual([1, 2]);
});

it('hands over what came at one moment in the order in which it came', () => {
  const { ledger, use } = open();
  const outcomes = ['made', 'passed', 'refused', 'deleted'] as const;

  for (const outcome of outcomes) use(1, { outcome });

  expect(ledger.take().map(({ outcome }) => outcome)).toEqual(outcomes);
});

it('shows of a path its SIDs, and other segments by name', () => {
  const { ledger, use } = open();
  const sid = 'CH00000000000000000000000000000001';

  use(1, { segments: { Sid: sid, Name: '+15551234567' } });

  expect(ledger.take()).toMatchObject([{ path: `/v1/Things/${sid}/{Name}` }]);
});

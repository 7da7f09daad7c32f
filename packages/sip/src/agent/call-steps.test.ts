import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type IncomingInput, type IncomingState, stepIncoming } from './incoming-call-step.ts';
import { type OutgoingInput, type OutgoingState, stepOutgoing } from './outgoing-call-step.ts';

type Row = readonly [state: string, input: string, next: string, effects: string];

describe('a call of ours', () => {
  const states: Record<string, OutgoingState> = {
    calling: { name: 'calling' },
    proceeding: { name: 'proceeding' },
    'to cancel': { name: 'canceling', sent: false },
    canceling: { name: 'canceling', sent: true },
    unheard: { name: 'unheard', sent: false },
    'unheard, canceling': { name: 'unheard', sent: true },
    answered: { name: 'answered' },
    over: { name: 'over' },
  };
  const inputs: Record<string, OutgoingInput> = {
    provisional: { type: 'provisional' },
    success: { type: 'success', known: false },
    repeated: { type: 'success', known: true },
    refused: { type: 'refused', retry: false },
    challenged: { type: 'refused', retry: true },
    failed: { type: 'failed' },
    cancel: { type: 'cancel' },
    expired: { type: 'cancel-expired' },
    unheard: { type: 'unheard' },
    'flow closed': { type: 'flow-closed' },
  };
  const rows: readonly Row[] = [
    ['calling', 'provisional', 'proceeding', 'tell-provisional'],
    ['calling', 'success', 'answered', 'establish'],
    ['calling', 'repeated', 'answered', 'establish'],
    ['calling', 'refused', 'over', 'end-refused'],
    ['calling', 'challenged', 'calling', 'retry'],
    ['calling', 'failed', 'over', 'end-failed'],
    ['calling', 'unheard', 'unheard', 'end-failed'],
    ['calling', 'flow closed', 'unheard', 'end-failed'],
    ['calling', 'cancel', 'to cancel', ''],
    ['proceeding', 'provisional', 'proceeding', 'tell-provisional'],
    ['proceeding', 'success', 'answered', 'establish'],
    ['proceeding', 'repeated', 'answered', 'establish'],
    ['proceeding', 'refused', 'over', 'end-refused'],
    ['proceeding', 'challenged', 'calling', 'retry'],
    ['proceeding', 'failed', 'over', 'end-failed'],
    ['proceeding', 'flow closed', 'unheard, canceling', 'end-failed send-cancel'],
    ['proceeding', 'cancel', 'canceling', 'send-cancel'],
    ['to cancel', 'provisional', 'canceling', 'send-cancel'],
    ['to cancel', 'success', 'over', 'stop-cancel-timer hang-up end-canceled'],
    ['to cancel', 'repeated', 'over', 'stop-cancel-timer hang-up end-canceled'],
    ['to cancel', 'refused', 'over', 'stop-cancel-timer end-canceled'],
    ['to cancel', 'challenged', 'over', 'stop-cancel-timer end-canceled'],
    ['to cancel', 'failed', 'over', 'stop-cancel-timer end-canceled'],
    ['to cancel', 'expired', 'over', 'abandon end-canceled'],
    ['canceling', 'success', 'over', 'stop-cancel-timer hang-up end-canceled'],
    ['canceling', 'repeated', 'over', 'stop-cancel-timer hang-up end-canceled'],
    ['canceling', 'refused', 'over', 'stop-cancel-timer end-canceled'],
    ['canceling', 'challenged', 'over', 'stop-cancel-timer end-canceled'],
    ['canceling', 'failed', 'over', 'stop-cancel-timer end-canceled'],
    ['canceling', 'expired', 'over', 'abandon end-canceled'],
    ['unheard', 'provisional', 'unheard, canceling', 'send-cancel'],
    ...['unheard', 'unheard, canceling'].flatMap((from): Row[] => [
      [from, 'success', 'over', 'stop-cancel-timer hang-up'],
      [from, 'repeated', 'over', 'stop-cancel-timer hang-up'],
      [from, 'refused', 'over', 'stop-cancel-timer'],
      [from, 'challenged', 'over', 'stop-cancel-timer'],
      [from, 'failed', 'over', 'stop-cancel-timer'],
      [from, 'expired', 'over', 'abandon'],
    ]),
    ['answered', 'success', 'answered', 'hang-up'],
    ['answered', 'repeated', 'answered', 'acknowledge'],
    ['over', 'success', 'over', 'hang-up'],
    ['over', 'repeated', 'over', 'acknowledge'],
  ];

  test.each(rows)('%s given %s is %s: %s', (from, input, next, effects) => {
    const state = states[from];
    const given = inputs[input];
    if (state === undefined || given === undefined) throw new Error(`${from} ${input}`);
    expect(stepOutgoing(state, given)).toEqual({
      state: states[next],
      effects: effects === '' ? [] : effects.split(' '),
    });
  });

  test('is changed by nothing else', () => {
    for (const [from, state] of Object.entries(states)) {
      for (const [input, given] of Object.entries(inputs)) {
        if (rows.some(([a, b]) => a === from && b === input)) continue;
        expect(stepOutgoing(state, given)).toEqual({ state, effects: [] });
      }
    }
  });

  test('has one result, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(inputs))), (sequence) => {
        let state: OutgoingState = { name: 'calling' };
        let results = 0;
        for (const input of sequence) {
          const made = stepOutgoing(state, input);
          state = made.state;
          results += made.effects.filter((e) => e.startsWith('end-') || e === 'establish').length;
        }
        expect(results).toBe(['over', 'answered', 'unheard'].includes(state.name) ? 1 : 0);
      }),
    );
  });
});

describe('a call to us', () => {
  const names = ['received', 'ringing', 'held', 'answering', 'established', 'over'] as const;
  const types = [
    'provisional',
    'answer',
    'answer-later',
    'prack',
    'reject',
    'close',
    'cancel',
    'ack',
    'dialog-over',
    'early-bye',
    'no-prack',
    'failed',
  ] as const;
  const unanswered = (name: string): readonly Row[] => [
    [name, 'provisional', 'ringing', 'send-provisional'],
    [name, 'answer', 'answering', 'stop-timers send-ok'],
    [name, 'answer-later', 'held', 'stop-timers'],
    [name, 'reject', 'over', 'stop-timers send-final forget'],
    [name, 'close', 'over', 'stop-timers send-final forget abort'],
    [name, 'no-prack', 'over', 'stop-timers send-final forget abort'],
    [name, 'cancel', 'over', 'stop-timers send-terminated forget abort'],
    [name, 'early-bye', 'over', 'stop-timers send-terminated forget abort'],
    [name, 'failed', 'over', 'stop-timers forget abort'],
  ];
  const tooLate = (name: string): readonly Row[] =>
    ['provisional', 'answer', 'answer-later', 'reject'].map(
      (input) => [name, input, name, 'refuse-input'] as const,
    );
  const rows: readonly Row[] = [
    ...unanswered('received'),
    ...unanswered('ringing'),
    ['answering', 'ack', 'established', 'establish'],
    ['held', 'prack', 'answering', 'send-ok'],
    ['held', 'close', 'over', 'send-final forget abort fail-answer'],
    ['held', 'no-prack', 'over', 'send-final forget abort fail-answer'],
    ['held', 'cancel', 'over', 'send-terminated forget abort fail-answer'],
    ['held', 'early-bye', 'over', 'send-terminated forget abort fail-answer'],
    ['held', 'failed', 'over', 'forget abort fail-answer'],
    ...tooLate('held'),
    ['answering', 'dialog-over', 'over', 'abort fail-answer'],
    ...tooLate('answering'),
    ...tooLate('established'),
    ...tooLate('over'),
  ];

  test.each(rows)('%s given %s is %s: %s', (from, input, next, effects) => {
    expect(stepIncoming({ name: from } as IncomingState, { type: input } as IncomingInput)).toEqual(
      {
        state: { name: next },
        effects: effects.split(' '),
      },
    );
  });

  test('is changed by nothing else', () => {
    for (const name of names) {
      for (const type of types) {
        if (rows.some(([a, b]) => a === name && b === type)) continue;
        expect(stepIncoming({ name }, { type })).toEqual({ state: { name }, effects: [] });
      }
    }
  });

  test('has at most one final response, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...types)), (sequence) => {
        let state: IncomingState = { name: 'received' };
        const finals: string[] = [];
        for (const type of sequence) {
          const made = stepIncoming(state, { type });
          state = made.state;
          finals.push(...made.effects.filter((e) => /^send-(?:ok|final|terminated)$/.test(e)));
        }
        expect(finals.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

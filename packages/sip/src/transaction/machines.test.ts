import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  type ClientInviteInput,
  type ClientInviteState,
  stepClientInvite,
} from './client-invite.ts';
import {
  type ClientNonInviteInput,
  type ClientNonInviteState,
  stepClientNonInvite,
} from './client-non-invite.ts';
import type { Effect, TransactionConfig, Transition } from './machine.ts';
import {
  type ServerInviteInput,
  type ServerInviteState,
  stepServerInvite,
} from './server-invite.ts';
import {
  type ServerNonInviteInput,
  type ServerNonInviteState,
  stepServerNonInvite,
} from './server-non-invite.ts';

const UDP: TransactionConfig = { t1Ms: 500, t2Ms: 4000, t4Ms: 5000, reliable: false };
const TCP: TransactionConfig = { ...UDP, reliable: true };

/** Effects as short words: `send ack`, `A=500`, `-A`, `tell timeout`. */
function words(effects: readonly Effect<string>[]): string {
  return effects
    .map((effect) => {
      switch (effect.type) {
        case 'send':
          return `send ${effect.what}`;
        case 'start-timer':
          return `${effect.timer}=${effect.ms}`;
        case 'stop-timer':
          return `-${effect.timer}`;
        default:
          return `tell ${effect.event}`;
      }
    })
    .join(', ');
}

/** An input as a short word: a status, a timer's letter, or its type. */
function named<I>(word: string, statusType: 'response' | 'respond'): I {
  if (/^\d+$/.test(word)) return { type: statusType, status: Number(word) } as I;
  return (word.length === 1 ? { type: 'timer', timer: word } : { type: word }) as I;
}

type Row = readonly [state: string, input: string, next: string, effects: string];

function checkTable<S extends { readonly name: string }, I>(
  step: (state: S, input: I, config: TransactionConfig) => Transition<S, string>,
  states: Readonly<Record<string, S>>,
  inputs: readonly string[],
  statusType: 'response' | 'respond',
  rows: Readonly<Record<'UDP' | 'TCP', readonly Row[]>>,
): void {
  for (const [transport, config] of [
    ['UDP', UDP],
    ['TCP', TCP],
  ] as const) {
    describe(`over ${transport}`, () => {
      test.each(rows[transport])('%s given %s is %s: %s', (from, input, next, effects) => {
        const state = states[from];
        if (state === undefined) throw new Error(from);
        const made = step(state, named(input, statusType), config);
        expect([made.state.name, words(made.effects)]).toEqual([next, effects]);
      });

      test('every other input changes nothing', () => {
        for (const [from, state] of Object.entries(states)) {
          for (const input of inputs) {
            if (rows[transport].some(([a, b]) => a === from && b === input)) continue;
            if (input === 'abandon') continue;
            const made = step(state, named(input, statusType), config);
            expect([from, input, made.state, made.effects]).toEqual([from, input, state, []]);
          }
        }
      });

      test('no sequence leaves the known states, and the end is the end', () => {
        const anyInput = fc.constantFrom(...inputs);
        const first = fc.constantFrom(...Object.values(states));
        fc.assert(
          fc.property(first, fc.array(anyInput), (start, sequence) => {
            let state = start;
            for (const input of sequence) {
              const made = step(state, named(input, statusType), config);
              if (state.name === 'terminated') expect(made).toEqual({ state, effects: [] });
              state = made.state;
              expect(Object.values(states).map(({ name }) => name)).toContain(state.name);
            }
            const over = step(state, named('abandon', statusType), config);
            expect(over).toMatchObject({ state: { name: 'terminated' }, effects: [] });
          }),
        );
      });
    });
  }
}

describe('the INVITE client transaction', () => {
  const states: Record<string, ClientInviteState> = {
    idle: { name: 'idle' },
    calling: { name: 'calling', retransmitMs: 500 },
    'calling late': { name: 'calling', retransmitMs: 8000 },
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed' },
    accepted: { name: 'accepted' },
    terminated: { name: 'terminated' },
  };
  const inputs = ['start', '180', '200', '404', 'A', 'B', 'D', 'M', 'transport-error', 'abandon'];
  const shared: readonly Row[] = [
    ['calling', '180', 'proceeding', '-A, -B, tell message'],
    ['calling', '200', 'accepted', '-A, -B, tell message, M=32000'],
    ['calling', 'A', 'calling', 'send request, A=1000'],
    ['calling', 'B', 'terminated', 'tell timeout'],
    ['calling', 'transport-error', 'terminated', 'tell transport-error'],
    ['calling late', '180', 'proceeding', '-A, -B, tell message'],
    ['calling late', '200', 'accepted', '-A, -B, tell message, M=32000'],
    ['calling late', 'A', 'calling', 'send request, A=16000'],
    ['calling late', 'B', 'terminated', 'tell timeout'],
    ['calling late', 'transport-error', 'terminated', 'tell transport-error'],
    ['proceeding', '180', 'proceeding', 'tell message'],
    ['proceeding', '200', 'accepted', 'tell message, M=32000'],
    ['proceeding', 'transport-error', 'terminated', 'tell transport-error'],
    ['completed', '404', 'completed', 'send ack'],
    ['completed', 'D', 'terminated', ''],
    ['completed', 'transport-error', 'terminated', 'tell transport-error'],
    ['accepted', '200', 'accepted', 'tell message'],
    ['accepted', 'M', 'terminated', ''],
  ];
  checkTable<ClientInviteState, ClientInviteInput>(stepClientInvite, states, inputs, 'response', {
    UDP: [
      ...shared,
      ['idle', 'start', 'calling', 'send request, A=500, B=32000'],
      ['calling', '404', 'completed', '-A, -B, send ack, tell message, D=32000'],
      ['calling late', '404', 'completed', '-A, -B, send ack, tell message, D=32000'],
      ['proceeding', '404', 'completed', 'send ack, tell message, D=32000'],
    ],
    TCP: [
      ...shared,
      ['idle', 'start', 'calling', 'send request, B=32000'],
      ['calling', '404', 'terminated', '-A, -B, send ack, tell message'],
      ['calling late', '404', 'terminated', '-A, -B, send ack, tell message'],
      ['proceeding', '404', 'terminated', 'send ack, tell message'],
    ],
  });
});

describe('the non-INVITE client transaction', () => {
  const states: Record<string, ClientNonInviteState> = {
    idle: { name: 'idle' },
    trying: { name: 'trying', retransmitMs: 500 },
    'trying late': { name: 'trying', retransmitMs: 4000 },
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed' },
    terminated: { name: 'terminated' },
  };
  const inputs = ['start', '100', '200', '404', 'E', 'F', 'K', 'transport-error', 'abandon'];
  const waiting = (state: string, final: string): readonly Row[] => [
    [state, '100', 'proceeding', 'tell message'],
    [state, '200', final, `-E, -F, tell message${final === 'completed' ? ', K=5000' : ''}`],
    [state, '404', final, `-E, -F, tell message${final === 'completed' ? ', K=5000' : ''}`],
    [state, 'F', 'terminated', 'tell timeout'],
    [state, 'transport-error', 'terminated', 'tell transport-error'],
  ];
  const rows = (final: string): readonly Row[] => [
    ...waiting('trying', final),
    ...waiting('trying late', final),
    ...waiting('proceeding', final),
    ['trying', 'E', 'trying', 'send request, E=1000'],
    ['trying late', 'E', 'trying', 'send request, E=4000'],
    ['proceeding', 'E', 'proceeding', 'send request, E=4000'],
    ['completed', 'K', 'terminated', ''],
  ];
  checkTable<ClientNonInviteState, ClientNonInviteInput>(
    stepClientNonInvite,
    states,
    inputs,
    'response',
    {
      UDP: [...rows('completed'), ['idle', 'start', 'trying', 'send request, F=32000, E=500']],
      TCP: [...rows('terminated'), ['idle', 'start', 'trying', 'send request, F=32000']],
    },
  );
});

describe('the INVITE server transaction', () => {
  const states: Record<string, ServerInviteState> = {
    fresh: { name: 'proceeding', responded: false },
    proceeding: { name: 'proceeding', responded: true },
    completed: { name: 'completed', retransmitMs: 500 },
    'completed late': { name: 'completed', retransmitMs: 4000 },
    confirmed: { name: 'confirmed' },
    accepted: { name: 'accepted' },
    terminated: { name: 'terminated' },
  };
  const inputs = [
    'request',
    'ack',
    '180',
    '200',
    '404',
    'G',
    'H',
    'I',
    'L',
    'transport-error',
    'abandon',
  ];
  const rows = (refused: string, acked: readonly [string, string]): readonly Row[] => [
    ['fresh', '180', 'proceeding', 'send response'],
    ['fresh', '200', 'accepted', 'send response, L=32000'],
    ['fresh', '404', 'completed', refused],
    ['fresh', 'transport-error', 'terminated', 'tell transport-error'],
    ['proceeding', 'request', 'proceeding', 'send response'],
    ['proceeding', '180', 'proceeding', 'send response'],
    ['proceeding', '200', 'accepted', 'send response, L=32000'],
    ['proceeding', '404', 'completed', refused],
    ['proceeding', 'transport-error', 'terminated', 'tell transport-error'],
    ['completed', 'request', 'completed', 'send response'],
    ['completed', 'ack', ...acked],
    ['completed', 'G', 'completed', 'send response, G=1000'],
    ['completed', 'H', 'terminated', 'tell timeout'],
    ['completed', 'transport-error', 'terminated', 'tell transport-error'],
    ['completed late', 'request', 'completed', 'send response'],
    ['completed late', 'ack', ...acked],
    ['completed late', 'G', 'completed', 'send response, G=4000'],
    ['completed late', 'H', 'terminated', 'tell timeout'],
    ['completed late', 'transport-error', 'terminated', 'tell transport-error'],
    ['confirmed', 'I', 'terminated', ''],
    ['accepted', '200', 'accepted', 'send response'],
    ['accepted', 'ack', 'accepted', 'tell message'],
    ['accepted', 'L', 'terminated', ''],
    ['accepted', 'transport-error', 'accepted', 'tell transport-error'],
  ];
  checkTable<ServerInviteState, ServerInviteInput>(stepServerInvite, states, inputs, 'respond', {
    UDP: rows('send response, G=500, H=32000', ['confirmed', '-G, -H, I=5000']),
    TCP: rows('send response, H=32000', ['terminated', '-G, -H']),
  });
});

describe('the non-INVITE server transaction', () => {
  const states: Record<string, ServerNonInviteState> = {
    trying: { name: 'trying' },
    proceeding: { name: 'proceeding' },
    completed: { name: 'completed' },
    terminated: { name: 'terminated' },
  };
  const inputs = ['request', '100', '200', 'J', 'transport-error', 'abandon'];
  const rows = (final: readonly [string, string]): readonly Row[] => [
    ['trying', '100', 'proceeding', 'send response'],
    ['trying', '200', ...final],
    ['trying', 'transport-error', 'terminated', 'tell transport-error'],
    ['proceeding', 'request', 'proceeding', 'send response'],
    ['proceeding', '100', 'proceeding', 'send response'],
    ['proceeding', '200', ...final],
    ['proceeding', 'transport-error', 'terminated', 'tell transport-error'],
    ['completed', 'request', 'completed', 'send response'],
    ['completed', 'J', 'terminated', ''],
    ['completed', 'transport-error', 'terminated', 'tell transport-error'],
  ];
  checkTable<ServerNonInviteState, ServerNonInviteInput>(
    stepServerNonInvite,
    states,
    inputs,
    'respond',
    {
      UDP: rows(['completed', 'send response, J=32000']),
      TCP: rows(['terminated', 'send response']),
    },
  );
});

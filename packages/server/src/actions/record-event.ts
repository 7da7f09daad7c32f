import type { Sid } from '@tutti/ids';
import { isSecretName, MASK, redactText } from '../base/redact.ts';
import type { AuditedType } from '../model/monitor-event.ts';
import { insertMonitorEvent } from '../store/monitor-events.ts';
import type { Tx } from '../store/transact.ts';
import type { ActionContext, Origin } from './context.ts';

interface Change {
  readonly type: AuditedType;
  readonly accountSid: Sid<'AC'>;
  readonly resourceSid: string;
  /** Absent of what is created. */
  readonly previous?: object;
  /** Absent of what is deleted. */
  readonly current?: object;
}

/**
 * Keeps a Monitor Event of a change of an account's settings, in the transaction of the change. Which action it was
 * follows from which of the records are given; an update that changed nothing leaves none. Secrets are masked by the
 * names of the properties. Twilio: usage/monitor-events
 */
export async function recordEvent(
  tx: Tx,
  { ids, clock }: Pick<ActionContext, 'ids' | 'clock'>,
  { source, actorSid, ipAddress }: Origin,
  { type, accountSid, resourceSid, previous, current }: Change,
): Promise<void> {
  const data =
    previous !== undefined && current !== undefined
      ? differences(previous, current)
      : properties(current ?? previous ?? {});
  const action = previous === undefined ? 'created' : current === undefined ? 'deleted' : 'updated';
  if (action === 'updated' && Object.keys(data).length === 0) return;
  await insertMonitorEvent(tx, {
    sid: ids.sid('AE'),
    accountSid,
    actorSid: actorSid ?? null,
    eventType: `${type}.${action}`,
    resourceType: type,
    resourceSid,
    source: source === 'API' ? 'api' : 'twilio',
    sourceIpAddress: ipAddress ?? null,
    eventData: JSON.stringify(data),
    dateCreated: clock.now(),
  });
}

/** What every record has, and what names the event already. */
const left = new Set(['seq', 'sid', 'accountSid', 'ownerSid', 'dateCreated', 'dateUpdated']);

function differences(previous: object, current: object): Record<string, unknown> {
  const before = new Map(Object.entries(previous));
  return Object.fromEntries(
    Object.entries(current)
      .filter(([name, value]) => !left.has(name) && before.get(name) !== value)
      .map(([name, value]) => [
        snakeCase(name),
        { previous: shown(name, before.get(name)), updated: shown(name, value) },
      ]),
  );
}

function properties(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => !left.has(name))
      .map(([name, value]) => [snakeCase(name), shown(name, value)]),
  );
}

function shown(name: string, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (isSecretName(name)) return MASK;
  return typeof value === 'string' ? redactText(value) : value;
}

/** As the REST API writes the names of properties. */
function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

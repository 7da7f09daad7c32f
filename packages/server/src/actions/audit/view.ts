import type { Account } from '../../model/account.ts';
import type { Application } from '../../model/application.ts';
import type { AuditFinding, AuditRuleName } from '../../model/audit.ts';
import type { Conductor } from '../../model/conductor.ts';
import type { OutgoingCallerId } from '../../model/outgoing-caller-id.ts';
import type { Participant } from '../../model/participant.ts';
import type { PhoneNumber } from '../../model/phone-number.ts';
import type { ScopedWebhook, WebhookConfiguration } from '../../model/webhook.ts';
import type { SidUse } from '../../model/sid-use.ts';
import type { Probe } from './probe.ts';

/** The bindings of an account as they are now, for the rules to look at. */
export interface AuditView {
  readonly account: Account;
  readonly applications: readonly Application[];
  readonly numbers: readonly PhoneNumber[];
  /** Numbers that calls may show, though they are not the account's. */
  readonly callerIds: readonly Pick<OutgoingCallerId, 'phoneNumber'>[];
  /** Those that are not closed, oldest first. */
  readonly conductors: readonly Conductor[];
  /** Those with a voice binding, in conversations that are not closed. */
  readonly participants: readonly Participant[];
  /** By SID: the Conductors that participants name and that are closed. */
  readonly closedConductors: ReadonlyMap<string, Conductor>;
  readonly scopedWebhooks: readonly ScopedWebhook[];
  readonly configurations: readonly WebhookConfiguration[];
  /** What access tokens that may still be valid grant as applications. */
  readonly grantedApplications: readonly Pick<SidUse, 'sid' | 'dateLastOccurred'>[];
  /** Applications that calls, documents and access tokens named. */
  readonly namedApplications: ReadonlySet<string>;
  /** By Application SID, of those that were asked. */
  readonly probes: ReadonlyMap<string, Probe>;
}

/** What a rule says of one thing that is wrong. How grave it is follows from the rule. */
export type Fault = Omit<AuditFinding, 'rule' | 'severity' | 'isNew'>;

/** One rule: everything it finds in a view. */
export interface AuditRule {
  readonly name: AuditRuleName;
  readonly find: (view: AuditView) => readonly Fault[];
}

/** Where an Application is in the API. */
export function applicationPath({
  accountSid,
  sid,
}: Pick<Application, 'accountSid' | 'sid'>): string {
  return `/api/2010-04-01/Accounts/${accountSid}/Applications/${sid}.json`;
}

export function conductorPath({
  conversationSid,
  sid,
}: Pick<Conductor, 'conversationSid' | 'sid'>): string {
  return `/conversations/v1/Conversations/${conversationSid}/Conductors/${sid}`;
}

export function participantPath({
  conversationSid,
  sid,
}: Pick<Participant, 'conversationSid' | 'sid'>): string {
  return `/conversations/v1/Conversations/${conversationSid}/Participants/${sid}`;
}

/** The applications that Conductors name, each with the first of those Conductors. */
export function servingApplications({
  applications,
  conductors,
}: Pick<AuditView, 'applications' | 'conductors'>): readonly (readonly [Application, Conductor])[] {
  return applications.flatMap((application) => {
    const conductor = conductors.find(({ applicationSid }) => applicationSid === application.sid);
    return conductor === undefined ? [] : [[application, conductor] as const];
  });
}

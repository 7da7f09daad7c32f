import type { Sid } from '@tutti/ids';
import type { Instant } from '../base/clock.ts';

/** `error`: calls or events are lost now. `warning`: they will be, or somebody may do harm. `notice`: worth a look. */
export const auditSeverities = ['error', 'warning', 'notice'] as const;
export type AuditSeverity = (typeof auditSeverities)[number];

/** Every rule, and how grave what it finds is. `docs/audit.md` has the same (a test compares them). */
export const auditRules = {
  'application-unused': 'notice',
  'conductor-application-gone': 'error',
  'conductor-without-application': 'notice',
  'conductors-share-proxy-address': 'error',
  'conversation-without-conductor': 'error',
  'number-application-unused': 'warning',
  'participant-conductor-closed': 'error',
  'participant-conductor-elsewhere': 'error',
  'proxy-address-not-ours': 'error',
  'status-callback-is-voice-url': 'warning',
  'token-application-gone': 'error',
  'voice-url-accepts-unsigned': 'warning',
  'voice-url-empty': 'error',
  'voice-url-invalid-twiml': 'error',
  'voice-url-slow': 'warning',
  'voice-url-unreachable': 'error',
  'webhook-never-fires': 'warning',
} as const satisfies Readonly<Record<string, AuditSeverity>>;
export type AuditRuleName = keyof typeof auditRules;

/** A request to this server that puts something right and takes nothing away. */
interface AuditRequest {
  readonly method: 'POST';
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

/** Something that is wrong with the bindings of an account. */
export interface AuditFinding {
  readonly rule: AuditRuleName;
  readonly severity: AuditSeverity;
  /** What it is about first, then what that is bound to. */
  readonly sids: readonly string[];
  /** Resource and property. */
  readonly where: string;
  /** What is wrong, and what happens because of it. */
  readonly text: string;
  /** What to do. */
  readonly fix: string;
  /** The fix as a request, where it is safe. */
  readonly request?: AuditRequest;
  /** Not found by the audit before. */
  readonly isNew: boolean;
}

/** One look at all bindings of an account. */
export interface Audit {
  readonly seq: number;
  readonly sid: Sid<'BC'>;
  readonly accountSid: Sid<'AC'>;
  /** Who asked for it. */
  readonly source: 'api' | 'schedule';
  /** 1 = voice URLs were asked. */
  readonly probed: number;
  /** 0 = there was more than one audit looks at. */
  readonly complete: number;
  readonly errors: number;
  readonly warnings: number;
  readonly notices: number;
  /** Of all findings, those that the audit before had not. */
  readonly newFindings: number;
  /** JSON array of AuditFinding. */
  readonly findings: string;
  readonly durationMs: number;
  readonly dateCreated: Instant;
}

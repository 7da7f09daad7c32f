export { examineProject } from './examine-project.ts';
export type { ExamineProjectOptions, Omission, ProjectReport } from './examine-project.ts';
export { severities } from './rules.ts';
export type { Finding, Place, RuleName, RuleValues, Severity, Where } from './rules.ts';
export type { Text } from './texts/text.ts';
export { languageOf, languages, textOf } from './texts/texts.ts';
export type { Language } from './texts/texts.ts';
export { toJson } from './output/json.ts';
export { tellPeople } from './output/people.ts';
export { tellProgress } from './output/progress.ts';
export { toSarif } from './output/sarif.ts';
export { lintRules } from './lint/plugin.ts';
export type { LintRule } from './lint/plugin.ts';
export { explainSignature } from './signature/explain-signature.ts';
export type {
  ExplainSignatureOptions,
  SignatureDifference,
  SignatureExplanation,
} from './signature/explain-signature.ts';
export type { SignatureCause } from './signature/differences.ts';
export { parseRawRequest } from './signature/received-request.ts';
export type { RawRequestResult, ReceivedRequest } from './signature/received-request.ts';
export { findSigningSecrets, signingSecrets } from './signature/find-signing-secrets.ts';
export type { NamedSecret } from './signature/signing.ts';
export { signatureToJson, tellSignature } from './signature/tell-signature.ts';
export { consul } from './centres/consul.ts';
export type { ConsulOptions } from './centres/consul.ts';
export { etcd } from './centres/etcd.ts';
export type { EtcdOptions } from './centres/etcd.ts';
export type { ConfigurationCentre, Entry } from './centres/configuration-centre.ts';
export type { Variable } from './env/examine-variables.ts';

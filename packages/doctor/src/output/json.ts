import type { ProjectReport } from '../examine-project.ts';
import { severities } from '../rules.ts';
import { tellOmission } from './omissions.ts';
import type { Language } from '../texts/texts.ts';
import { textOf } from '../texts/texts.ts';

/** A report as programs read it; the names of its fields are those of the CLI's other answers. */
export function toJson(report: ProjectReport, language: Language): object {
  return {
    findings: report.findings.map((finding) => {
      const { what, because, fix } = textOf(finding, language);
      return {
        rule: finding.rule,
        severity: severities[finding.rule],
        file: finding.place?.file ?? null,
        line: finding.place?.line ?? null,
        column: finding.place?.column ?? null,
        subject: finding.subject ?? null,
        what,
        because,
        fix,
      };
    }),
    env_files: report.envFiles,
    code_files: report.codeFiles,
    keys: report.keys,
    tokens: report.tokens,
    sids: report.sids,
    webhooks: report.webhooks,
    left_out: report.leftOut,
    not_looked_at: report.omissions.map((omission) => ({
      ...omission,
      told: tellOmission(omission, language),
    })),
    twilio_version: report.twilioVersion ?? null,
  };
}

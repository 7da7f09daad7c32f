import type { ProjectReport } from '../examine-project.ts';
import type { Finding, Severity } from '../rules.ts';
import { severities } from '../rules.ts';
import { tellOmission } from './omissions.ts';
import type { Language } from '../texts/texts.ts';
import { textOf } from '../texts/texts.ts';

const words = {
  en: {
    error: 'error',
    warning: 'warning',
    note: 'note',
    environment: 'The environment of this process',
    because: 'because of it',
    fix: 'what to do',
    comma: ', ',
    stop: '.',
    also: 'Looked too at ',
    others: ({ keys, tokens, sids, webhooks }: ProjectReport) => [
      ...(sids > 0 ? [`${sids} ${sids === 1 ? 'SID' : 'SIDs'} on the server`] : []),
      ...(webhooks > 0 ? [`${webhooks} ${webhooks === 1 ? 'webhook' : 'webhooks'}`] : []),
      ...(keys > 0 ? [`${keys} ${keys === 1 ? 'key' : 'keys'} of configuration`] : []),
      ...(tokens > 0 ? [`${tokens} access ${tokens === 1 ? 'token' : 'tokens'}`] : []),
    ],
    clean: 'Nothing is wrong.',
    looked: (env: number, code: number) =>
      `Looked at ${env} environment ${env === 1 ? 'file' : 'files'} and ${code} ${code === 1 ? 'file' : 'files'} of code`,
    sdk: (version: string | undefined) =>
      version === undefined
        ? 'no twilio is installed there, so what its methods drop was not looked for.'
        : `against twilio ${version}.`,
    large: (path: string) => `Left out ${path}: it is larger than 1 MB, or minified.`,
    sum: (errors: number, others: number) =>
      `${errors} ${errors === 1 ? 'error' : 'errors'}, ${others} ${others === 1 ? 'warning' : 'warnings'}.`,
  },
  zh: {
    error: '错误',
    warning: '警告',
    note: '提示',
    environment: '当前进程的环境变量',
    because: '后果',
    fix: '处理',
    comma: '，',
    stop: '。',
    also: '还检查了',
    others: ({ keys, tokens, sids, webhooks }: ProjectReport) => [
      ...(sids > 0 ? [`服务器上的 ${sids} 个 SID`] : []),
      ...(webhooks > 0 ? [` ${webhooks} 个 Webhook`] : []),
      ...(keys > 0 ? [` ${keys} 个配置键`] : []),
      ...(tokens > 0 ? [` ${tokens} 个 Access Token`] : []),
    ],
    clean: '没有发现问题。',
    looked: (env: number, code: number) => `检查了 ${env} 个环境文件和 ${code} 个代码文件`,
    sdk: (version: string | undefined) =>
      version === undefined
        ? '项目里没有安装 twilio，因此没有检查会被它丢弃的参数。'
        : `对照 twilio ${version}。`,
    large: (path: string) => `跳过 ${path}：大于 1 MB，或是压缩后的代码。`,
    sum: (errors: number, others: number) => `${errors} 个错误，${others} 个警告。`,
  },
} as const;

const byPlace = (finding: Finding): string => finding.place?.file ?? finding.subject ?? '';

/** A report as people read it: by file, each finding with its line, its effect and its remedy. */
export function tellPeople(report: ProjectReport, language: Language): string {
  const say = words[language];
  const lines: string[] = [];
  for (const [file, findings] of grouped(report)) {
    lines.push(file === '' ? say.environment : file);
    for (const finding of findings) {
      const { what, because, fix } = textOf(finding, language);
      const position = finding.place ? `${finding.place.line}:${finding.place.column}` : '';
      lines.push(
        `  ${position.padEnd(7)} ${say[severities[finding.rule]]}  ${what}  [${finding.rule}]`,
        `          ${say.because}: ${because}`,
        `          ${say.fix}: ${fix}`,
      );
    }
    lines.push('');
  }
  for (const path of report.leftOut) lines.push(say.large(path));
  for (const omission of report.omissions) lines.push(tellOmission(omission, language));
  lines.push(
    `${say.looked(report.envFiles, report.codeFiles)}${say.comma}${say.sdk(report.twilioVersion)}`,
  );
  const others = say.others(report);
  if (others.length > 0) lines.push(`${say.also}${others.join(say.comma)}${say.stop}`);
  const errors = count(report.findings, 'error');
  lines.push(
    report.findings.length === 0 ? say.clean : say.sum(errors, report.findings.length - errors),
  );
  return lines.join('\n');
}

function grouped({ findings }: ProjectReport): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(byPlace(finding)) ?? [];
    group.push(finding);
    groups.set(byPlace(finding), group);
  }
  return groups;
}

const count = (findings: readonly Finding[], severity: Severity): number =>
  findings.filter(({ rule }) => severities[rule] === severity).length;

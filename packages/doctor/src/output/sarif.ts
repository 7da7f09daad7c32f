import type { ProjectReport } from '../examine-project.ts';
import type { Finding } from '../rules.ts';
import { severities } from '../rules.ts';
import type { Language } from '../texts/texts.ts';
import { textOf } from '../texts/texts.ts';

/** A report as code hosts and editors read it (SARIF 2.1.0 §3). */
export function toSarif(report: ProjectReport, language: Language, version: string): object {
  const rules = [...new Set(report.findings.map(({ rule }) => rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tutti doctor',
            version,
            rules: rules.map((id) => ({
              id,
              defaultConfiguration: { level: severities[id] },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: report.findings.map((finding) => {
          const { what, because, fix } = textOf(finding, language);
          return {
            ruleId: finding.rule,
            ruleIndex: rules.indexOf(finding.rule),
            level: severities[finding.rule],
            message: { text: `${what} ${because} ${fix}` },
            locations: locationsOf(finding),
          };
        }),
      },
    ],
  };
}

function locationsOf({ place, subject }: Finding): object[] {
  if (place === undefined) {
    return subject === undefined ? [] : [{ logicalLocations: [{ fullyQualifiedName: subject }] }];
  }
  const { file, line, column, endLine, endColumn } = place;
  return [
    {
      physicalLocation: {
        artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
        region: { startLine: line, startColumn: column, endLine, endColumn },
      },
    },
  ];
}

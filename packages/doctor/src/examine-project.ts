import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { examineCode } from './code/examine-code.ts';
import type { SdkPackage } from './code/sdk-package.ts';
import { openSdkPackage } from './code/sdk-package.ts';
import { examineVariables } from './env/examine-variables.ts';
import { parseEnvFile } from './env/parse-env-file.ts';
import { findFiles, isTemplateFile, isTestFile } from './project/find-files.ts';
import { startsWithTutti } from './project/starts-with-tutti.ts';
import type { Finding } from './rules.ts';

export interface ExamineProjectOptions {
  /** Told as files are looked at. */
  readonly onProgress?: (looked: number, all: number) => void;
  readonly signal?: AbortSignal;
}

/** What was found in a project's files, and what was looked at. */
export interface ProjectReport {
  readonly findings: readonly Finding[];
  readonly envFiles: number;
  readonly codeFiles: number;
  /** Files that are too large to be looked at. */
  readonly leftOut: readonly string[];
  /** The version of the `twilio` that the project has. */
  readonly twilioVersion: string | undefined;
}

/**
 * Looks over the environment files and the source code of a project.
 *
 * @param root The project's folder.
 * @throws Error of node:fs where the folder or a file in it cannot be read.
 */
export async function examineProject(
  root: string,
  { onProgress, signal }: ExamineProjectOptions = {},
): Promise<ProjectReport> {
  const { env, code, leftOut } = await findFiles(root);
  const findings: Finding[] = [];
  for (const path of env) {
    const entries = parseEnvFile(path, await readFile(join(root, path), 'utf8'));
    findings.push(...examineVariables(entries, { isTemplate: isTemplateFile(path) }));
  }
  const withTutti = new Map<string, boolean>();
  for (const [index, path] of code.entries()) {
    signal?.throwIfAborted();
    const text = await readFile(join(root, path), 'utf8');
    const isTest = isTestFile(path);
    const file = join(root, path);
    const hasTuttiClient = startsWithTutti(dirname(file), root, withTutti);
    const sdk = (): SdkPackage | undefined => openSdkPackage(file);
    findings.push(...examineCode(path, text, { sdk, hasTuttiClient, isTest }));
    onProgress?.(index + 1, code.length);
  }
  return {
    findings,
    envFiles: env.length,
    codeFiles: code.length,
    leftOut,
    twilioVersion: openSdkPackage(join(root, 'package.json'))?.version,
  };
}

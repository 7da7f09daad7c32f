export { startServer } from './compose.ts';
export type { Server, ServerOptions } from './compose.ts';
export { readConfig } from './config/config.ts';
export type { Config, ConfigResult } from './config/config.ts';

#!/usr/bin/env node
/**
 * Command of the mutants. `main.js --mutant ID [--composition NAME] [--aead node|noble] [--virtual]` is one of them as an adapter; `main.js --list`
 * prints what they are and claim, as JSON.
 */
import { mutants } from './index.js';
import { serveCommand } from './serve.js';

const args = process.argv.slice(2);
if (args.includes('--list')) console.log(JSON.stringify(mutants));
else await serveCommand(args.includes('--mutant') ? args : ['--mutant', '', ...args]);

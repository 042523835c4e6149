#!/usr/bin/env node
import { main } from "../dist/cli/main.js";
import { command } from "../dist/cli/nemo2riva.js";

await main(command);

#!/usr/bin/env node
import { main } from "../dist/cli/main.js";
import { command } from "../dist/cli/servicemaker.js";

await main(command);

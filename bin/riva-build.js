#!/usr/bin/env node
import { main } from "../dist/cli/main.js";
import { command } from "../dist/cli/riva-build.js";

await main(command);

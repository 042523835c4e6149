#!/usr/bin/env node
import { main } from "../dist/cli/main.js";
import { command } from "../dist/cli/riva-deploy.js";

await main(command);

/** The commands of the extension. Those that the server has too carry the server's names, which its lenses use. */

import { SERVER_COMMANDS } from "./protocol";

export const COMMANDS = {
  evaluateNow: SERVER_COMMANDS.evaluateNow,
  pause: SERVER_COMMANDS.pause,
  resume: SERVER_COMMANDS.resume,
  restart: SERVER_COMMANDS.restart,
  showSummary: SERVER_COMMANDS.showSummary,
  chooseCall: SERVER_COMMANDS.chooseCall,
  giveExampleInputs: SERVER_COMMANDS.giveExampleInputs,
  showDiagram: "shapelens.showDiagram",
  setBatchSize: "shapelens.setBatchSize",
  selectInterpreter: "shapelens.selectInterpreter",
  selectServerInterpreter: "shapelens.selectServerInterpreter",
  install: "shapelens.install",
  openServerSetting: "shapelens.openServerSetting",
  openSandboxSetting: "shapelens.openSandboxSetting",
  showLogs: "shapelens.showLogs",
  copyDebugInformation: "shapelens.copyDebugInformation",
} as const;

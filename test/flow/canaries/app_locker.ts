/**
 * Canaries in events of AppLocker.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hidden, Planted } from "./planted.ts";

const canaries = {
  "AppLockerEvent.TargetUser": "S-1-5-21-737373733-2-3-5503",
  "AppLockerEvent.SystemUserId": "S-1-5-21-747474744-2-3-5504",
};

const at = (name: string): Hidden => ({ value: `zq${name}@example.test`, word: `zq${name}` });
const profile = (name: string): Hidden => ({ value: `C:\\Users\\zq${name}\\x`, word: `zq${name}` });

const content = {
  "AppLockerEvent.RuleName": at("Rule1Al"),
  "AppLockerEvent.RuleSddl": at("Sddl2Al"),
  "AppLockerEvent.FilePath": profile("Path3Al"),
  "AppLockerEvent.FilePathNoUser": at("NoUser4Al"),
  "AppLockerEvent.FullFilePath": profile("Full5Al"),
  "AppLockerEvent.Fqbn": at("Fqbn6Al"),
  "AppLockerEvent.Package": at("Package7Al"),
  "AppLockerEvent.AdditionalFields": at("More8Al"),
};

const controls = { "AppLockerEvent.PolicyName": "zqControlPolicy" };

export const plantedAppLocker: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const file = join(folder, "app_locker.xml");
    const { "AppLockerEvent.FilePathNoUser": noUser, "AppLockerEvent.FilePath": path } = content;
    const fields = {
      PolicyName: controls["AppLockerEvent.PolicyName"],
      TargetUser: canaries["AppLockerEvent.TargetUser"],
      RuleName: content["AppLockerEvent.RuleName"].value,
      RuleSddl: content["AppLockerEvent.RuleSddl"].value,
      FilePath: `${path.value}\\${noUser.value}`,
      FullFilePath: content["AppLockerEvent.FullFilePath"].value,
      Fqbn: content["AppLockerEvent.Fqbn"].value,
      Package: content["AppLockerEvent.Package"].value,
      More: content["AppLockerEvent.AdditionalFields"].value,
    };
    const data = Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`);
    writeFileSync(
      file,
      `<Event><System><Provider Name='Microsoft-Windows-AppLocker'/><EventID>8004</EventID>` +
        `<TimeCreated SystemTime='2026-06-01T00:00:00Z'/>` +
        `<Security UserID='${canaries["AppLockerEvent.SystemUserId"]}'/></System>` +
        `<UserData><RuleAndFileData>${data.join("")}</RuleAndFileData></UserData></Event>\n`,
    );
    return { app_locker: { config: { files: [file] } } };
  },
};

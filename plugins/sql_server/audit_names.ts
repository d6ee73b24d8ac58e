/**
 * What the codes of audit records stand for (sys.dm_audit_actions, sys.dm_audit_class_type_map):
 * the common ones.
 *
 * @module
 */
export const ACTION_NAMES: ReadonlyMap<string, string> = new Map([
  ["LGIS", "LOGIN SUCCEEDED"],
  ["LGIF", "LOGIN FAILED"],
  ["LGO", "LOGOUT"],
  ["DBAS", "DATABASE AUTHENTICATION SUCCEEDED"],
  ["DBAF", "DATABASE AUTHENTICATION FAILED"],
  ["BST", "BATCH STARTED"],
  ["BCM", "BATCH COMPLETED"],
  ["RST", "RPC STARTED"],
  ["RCM", "RPC COMPLETED"],
  ["SL", "SELECT"],
  ["IN", "INSERT"],
  ["UP", "UPDATE"],
  ["DL", "DELETE"],
  ["EX", "EXECUTE"],
  ["RC", "RECEIVE"],
  ["RF", "REFERENCES"],
  ["CR", "CREATE"],
  ["AL", "ALTER"],
  ["DR", "DROP"],
  ["G", "GRANT"],
  ["GWG", "GRANT WITH GRANT"],
  ["D", "DENY"],
  ["DWC", "DENY WITH CASCADE"],
  ["R", "REVOKE"],
  ["RWC", "REVOKE WITH CASCADE"],
  ["RWG", "REVOKE WITH GRANT"],
  ["APRL", "ADD MEMBER"],
  ["DPRL", "DROP MEMBER"],
  ["PWC", "CHANGE PASSWORD"],
  ["PWCS", "CHANGE OWN PASSWORD"],
  ["PWR", "RESET PASSWORD"],
  ["PWRS", "RESET OWN PASSWORD"],
  ["PWEX", "PASSWORD EXPIRATION"],
  ["PWPL", "PASSWORD POLICY"],
  ["LGEA", "ENABLE"],
  ["LGDA", "DISABLE"],
  ["LGNM", "NAME CHANGE"],
  ["LGDB", "CHANGE DEFAULT DATABASE"],
  ["LGLG", "CHANGE DEFAULT LANGUAGE"],
  ["IMP", "IMPERSONATE"],
  ["TO", "TAKE OWNERSHIP"],
  ["VST", "VIEW SERVER STATE"],
  ["VDST", "VIEW DATABASE STATE"],
  ["DBCC", "DBCC"],
  ["BA", "BACKUP"],
  ["BAL", "BACKUP LOG"],
  ["RS", "RESTORE"],
  ["SVSR", "SERVER STARTED"],
  ["SVSD", "SERVER SHUTDOWN"],
  ["SVPD", "SERVER PAUSED"],
  ["SVCN", "SERVER CONTINUE"],
  ["AUSC", "AUDIT SESSION CHANGED"],
  ["AUSF", "AUDIT SHUTDOWN ON FAILURE"],
  ["UDAU", "USER DEFINED AUDIT"],
]);

export const CLASS_NAMES: ReadonlyMap<string, string> = new Map([
  ["A", "SERVER AUDIT"],
  ["DB", "DATABASE"],
  ["P", "STORED PROCEDURE"],
  ["RL", "ROLE"],
  ["SC", "SCHEMA"],
  ["SG", "SERVER ROLE"],
  ["SL", "SQL LOGIN"],
  ["SR", "SERVER"],
  ["SU", "SQL USER"],
  ["U", "TABLE"],
  ["V", "VIEW"],
  ["WL", "WINDOWS LOGIN"],
  ["WU", "WINDOWS USER"],
  ["X", "EXTENDED STORED PROCEDURE"],
]);

/** Classes whose objects are logins. */
export const LOGIN_CLASSES: ReadonlySet<string> = new Set(["AL", "CL", "LX", "SL", "WG", "WL"]);
/** Classes whose objects are users of a database. */
export const USER_CLASSES: ReadonlySet<string> = new Set(["AU", "CU", "GU", "SU", "US", "WU"]);

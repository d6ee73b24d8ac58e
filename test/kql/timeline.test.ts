import { testQueries } from "./kql_values.ts";

const USERS = `let T = datatable(UserId: string, Timestamp: datetime) [
  'Bob', datetime(2017-08-01), 'David', datetime(2017-08-01), 'David', datetime(2017-08-01),
  'John', datetime(2017-08-01), 'Bob', datetime(2017-08-01), 'Ananda', datetime(2017-08-02),
  'Atul', datetime(2017-08-02), 'John', datetime(2017-08-02), 'Ananda', datetime(2017-08-03),
  'Atul', datetime(2017-08-03), 'Atul', datetime(2017-08-03), 'John', datetime(2017-08-03),
  'Bob', datetime(2017-08-03), 'Betsy', datetime(2017-08-04), 'Bob', datetime(2017-08-05)];
  let start = datetime(2017-08-01); T `;
const HOURS = `range idx from 0 to 239 step 1
  | project Timestamp = datetime(2018-01-01) + 1h * idx, val = idx + 1, g = iff(idx % 2 == 0, 'o', 'e')`;
const SESSIONS = `range Timeline from 1 to 9999 step 1 | extend k = 1
  | join kind=inner (range Id from 1 to 50 step 1 | extend k = 1) on k
  | where Timeline % Id == 0 | project Timeline, Id`;

testQueries("sliding_window_counts()", [
  [
    `${USERS} | evaluate sliding_window_counts(UserId, Timestamp, start, start + 6d, 3d, 1d)
     | summarize make_list(Count)`,
    [5, 8, 13, 9, 7, 2, 1],
  ],
  [
    `${USERS} | evaluate sliding_window_counts(UserId, Timestamp, start, start + 6d, 3d, 1d)
     | summarize make_list(Dcount)`,
    [3, 5, 5, 5, 5, 2, 1],
  ],
  [
    `${USERS} | evaluate sliding_window_counts(UserId, Timestamp, start, start + 6d, 3d, 1d, UserId)
     | where UserId == 'Betsy' | summarize make_list(Count)`,
    [1, 1, 1],
  ],
  [
    `${USERS} | evaluate sliding_window_counts(UserId, Timestamp, start, start + 6d, 3d, 1ms)`,
    "failed limit: Cannot query:7:51: a window of sliding_window_counts() has 259200000 bins, at most 10000",
  ],
]);

testQueries("activity_counts_metrics()", [
  [
    `${USERS} | evaluate activity_counts_metrics(UserId, Timestamp, start, start + 3d, 1d)
     | project v = pack_array(['count'], dcount, new_dcount, aggregated_dcount)
     | summarize make_list(pack('v', v))`,
    [{ v: [5, 3, 3, 3] }, { v: [3, 3, 2, 5] }, { v: [5, 4, 0, 5] }, { v: [1, 1, 1, 6] }],
  ],
]);

testQueries("rolling_percentile()", [
  [
    `${HOURS} | evaluate rolling_percentile(val, 50, Timestamp, 1d, 3)
     | summarize make_list(rolling_3_percentile_val_50)`,
    [12, 24, 36, 60, 84, 108, 132, 156, 180, 204],
  ],
  [
    `${HOURS} | evaluate rolling_percentile(val, 50, Timestamp, 1d, 3, g) | where g == 'o'
     | summarize make_list(rolling_3_percentile_val_50)`,
    [11, 23, 35, 59, 83, 107, 131, 155, 179, 203],
  ],
]);

testQueries("session_count()", [
  [
    `${SESSIONS} | evaluate session_count(Id, Timeline, 1, 10000, 100, 41)
     | where Timeline < 1000 | summarize make_list(count_sessions)`,
    [59, 20, 22, 22, 22, 22, 22, 23, 20, 23],
  ],
]);

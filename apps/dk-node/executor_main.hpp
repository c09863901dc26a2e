// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace dk {

/// The environment variable in which its daemon tells it how to log, as `to_json` writes it.
inline constexpr auto kExecutorLog = "DK_EXECUTOR_LOG";

/// `dk-node executor`, started by a daemon: reads its orders from standard input, hosts one job's
/// shards and workers, and ends when the job is over, when it has been replaced, or when standard
/// input ends (the daemon is gone). The exit code is 0 when it was told to end.
int executor_main();

}  // namespace dk

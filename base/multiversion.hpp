// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// In front of a hot loop's function: compiled for the baseline and for AVX2+FMA, chosen once at
/// load time, so that one binary runs on every x86-64 machine of a cluster and is fast on the newer
/// ones. Off under sanitizers, which run before the resolver could.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(DK_SANITIZED)
#define DK_MULTIVERSION __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define DK_MULTIVERSION
#endif

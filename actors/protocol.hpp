// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "actors/protocol/interfaces.hpp"

// Every message that travels between nodes, by subject in actors/protocol, and the interface of
// every actor that receives one. Only nodes are on this wire; people come in by the HTTP API
// (actors/api). docs/protocol.md tells the story; these files are the contract.

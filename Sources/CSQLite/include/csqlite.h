#pragma once

/// Has SQLite count no memory: its counts cost a lock an allocation, and nobody reads them. Called before SQLite is
/// used for the first time; later it changes nothing.
void csqlite_count_no_memory(void);

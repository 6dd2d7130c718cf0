import Foundation

/// Standard output may be a pipe whose reader waits for a line.
func fflushAll() { fflush(nil) }

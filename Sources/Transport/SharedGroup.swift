public import NIOCore
import NIOPosix

/// Event loops that live as long as the process, one a core: for programs that need none of their own.
public var sharedEventLoops: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

using System.Runtime.InteropServices;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>The pipes between this process and a child, with the pidfd that tells of its end and an eventfd that wakes the wait.</summary>
internal sealed unsafe class ChildPipes : IDisposable
{
    private const int PidfdOpen = 434;

    private readonly int[] _childSide;
    private readonly int _wake;
    private int _input = -1, _output = -1, _error = -1, _pidfd = -1;
    private bool _disposed;
    private readonly Lock _gate = new();

    internal ChildPipes(ChildCommand command)
    {
        _wake = Checked(Native.eventfd(0, Native.OCloexec | Native.ONonblock));
        var (childInput, input) = command.Interactive ? (High(0), -1)
            : command.InputFrom is { } source ? (High((int)source.DangerousGetHandle()), -1)
            : Pipe();
        var (output, childOutput) = command.Interactive ? (-1, High(1)) : command.OutputTo is { } file ? (-1, High((int)file.DangerousGetHandle())) : Pipe();
        var (error, childError) = command.Interactive ? (-1, High(2)) : command.MergeError ? (-1, High(childOutput)) : Pipe();
        (_input, _output, _error) = (input, output, error);
        _childSide = [childInput, childOutput, childError, .. command.ExtraFiles.Select(f => High((int)f.DangerousGetHandle()))];
        foreach (var fd in new[] { _input, _output, _error }.Where(f => f >= 0))
            Checked(Native.fcntl(fd, 4 /* F_SETFL */, Native.ONonblock));
    }

    /// <summary>Descriptors of the child in order of their numbers there; all are above the numbers they will get.</summary>
    internal IReadOnlyList<int> ChildSide => _childSide;

    internal bool ChildExited { get; private set; }

    internal void CloseChildSide()
    {
        foreach (var fd in _childSide)
            _ = Native.close(fd);
    }

    internal void Watch(int pid) => _pidfd = Checked((int)Native.syscall(PidfdOpen, pid, 0));

    internal void Wake()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            ulong one = 1;
            _ = Native.write(_wake, (byte*)&one, 8);
        }
    }

    /// <summary>Waits for something to do and does it; returns how many bytes of the input were taken.</summary>
    internal int Poll(byte[] buffer, int timeoutMs, ReadOnlyMemory<byte> input, Action<ReadOnlyMemory<byte>> onOutput, Action<ReadOnlyMemory<byte>> onError)
    {
        if (input.IsEmpty)
            Close(ref _input);
        var set = stackalloc Native.PollFd[5];
        set[0] = new() { Fd = _pidfd, Events = Native.PollIn };
        set[1] = new() { Fd = _wake, Events = Native.PollIn };
        set[2] = new() { Fd = _output, Events = Native.PollIn };
        set[3] = new() { Fd = _error, Events = Native.PollIn };
        set[4] = new() { Fd = _input, Events = Native.PollOut };
        if (Native.poll(set, 5, timeoutMs) < 0 && Marshal.GetLastPInvokeError() is var errno && errno != Native.Eintr)
            throw new SlipwayException("Cannot wait for a child process", Marshal.GetPInvokeErrorMessage(errno), null);
        if (set[1].Returned != 0)
        {
            ulong count;
            _ = Native.read(_wake, (byte*)&count, 8);
        }
        if (set[2].Returned != 0)
            Read(ref _output, buffer, onOutput);
        if (set[3].Returned != 0)
            Read(ref _error, buffer, onError);
        ChildExited |= set[0].Returned != 0;
        return set[4].Returned != 0 ? Write(input) : 0;
    }

    /// <summary>Reads what is still in the pipes; a descendant that left the group and keeps them open is not waited for longer than this.</summary>
    internal void Drain(byte[] buffer, TimeSpan atMost, Action<ReadOnlyMemory<byte>> onOutput, Action<ReadOnlyMemory<byte>> onError)
    {
        var until = Environment.TickCount64 + (long)atMost.TotalMilliseconds;
        var set = stackalloc Native.PollFd[2];
        while (_output >= 0 || _error >= 0)
        {
            var left = until - Environment.TickCount64;
            set[0] = new() { Fd = _output, Events = Native.PollIn };
            set[1] = new() { Fd = _error, Events = Native.PollIn };
            if (left <= 0 || Native.poll(set, 2, (int)left) == 0)
                return;
            if (set[0].Returned != 0)
                Read(ref _output, buffer, onOutput);
            if (set[1].Returned != 0)
                Read(ref _error, buffer, onError);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            Close(ref _input);
            Close(ref _output);
            Close(ref _error);
            Close(ref _pidfd);
            _ = Native.close(_wake);
        }
    }

    private static void Read(ref int fd, byte[] buffer, Action<ReadOnlyMemory<byte>> take)
    {
        nint got;
        fixed (byte* start = buffer)
            got = Native.read(fd, start, buffer.Length);
        if (got > 0)
            take(buffer.AsMemory(0, (int)got));
        else if (got == 0 || Marshal.GetLastPInvokeError() is not (Native.Eagain or Native.Eintr))
            Close(ref fd);
    }

    private int Write(ReadOnlyMemory<byte> input)
    {
        nint put;
        fixed (byte* start = input.Span)
            put = Native.write(_input, start, Math.Min(input.Length, 64 << 10));
        if (put >= 0)
            return (int)put;
        // EPIPE: the child does not want the rest; whether that is an error, its exit code says.
        if (Marshal.GetLastPInvokeError() is not (Native.Eagain or Native.Eintr))
            Close(ref _input);
        return 0;
    }

    private static void Close(ref int fd)
    {
        if (fd >= 0)
            _ = Native.close(fd);
        fd = -1;
    }

    private static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        Checked(Native.pipe2(ends, Native.OCloexec));
        var result = (High(ends[0]), High(ends[1]));
        _ = Native.close(ends[0]);
        _ = Native.close(ends[1]);
        return result;
    }

    // Above any number the child uses, so that no dup2 in the child overwrites a source of a later one.
    private static int High(int fd) => Checked(Native.fcntl(fd, Native.DupCloexec, 256));

    private static int Checked(int result) => result >= 0
        ? result
        : throw new SlipwayException("Cannot make the pipes of a child process", Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()), null);
}

using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Slipway.Content;

namespace Slipway.Sandbox;

/// <summary>A running child process, leader of its own session and process group.</summary>
public sealed class Child : IDisposable
{
    private const int ErrorTailBytes = 64 << 10;

    private readonly ChildCommand _command;
    private readonly Action<ReadOnlyMemory<byte>>? _onOutput;
    private readonly TaskCompletionSource<ChildResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChildPipes _pipes;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Lock _gate = new();
    private byte[] _errorTail = [];
    private int _fed;
    private bool _reaped, _timedOut, _overflowed;
    private long _killAt = long.MaxValue;

    internal Child(ChildCommand command, Action<ReadOnlyMemory<byte>>? onOutput)
    {
        _command = command;
        _onOutput = onOutput;
        var program = ChildProcess.Locate(command.Program, command.Environment);
        IReadOnlyList<string> arguments = [command.Program, .. command.Arguments];
        if (command.DieWithParent)
            (program, arguments) = (ChildProcess.Locate("setpriv"), ["setpriv", "--pdeathsig", "KILL", "--", program, .. command.Arguments]);
        _pipes = new ChildPipes(command);
        var (pid, error) = Spawner.Start(new(program, arguments, command.Environment ?? ChildCommand.PlainEnvironment,
            command.WorkingDirectory ?? "/", _pipes.ChildSide));
        _pipes.CloseChildSide();
        if (error != 0)
        {
            _pipes.Dispose();
            throw new SlipwayException($"Cannot start `{command.Line}`", Marshal.GetPInvokeErrorMessage(error)
                + (command.WorkingDirectory is { } directory ? $" (in {directory})" : ""), null);
        }
        Pid = pid;
        _pipes.Watch(pid);
    }

    public int Pid { get; }

    /// <summary>How it ended, once it has.</summary>
    public Task<ChildResult> Completion => _completion.Task;

    /// <summary>Asks the process group to end; it is killed when it has not after the command's KillAfter.</summary>
    public void Terminate()
    {
        Signal(Native.SigTerm);
        Interlocked.CompareExchange(ref _killAt, Stopwatch.GetTimestamp() + (long)(_command.KillAfter.TotalSeconds * Stopwatch.Frequency), long.MaxValue);
        _pipes.Wake();
    }

    /// <summary>Kills the process group.</summary>
    public void Kill()
    {
        Signal(Native.SigKill);
        _command.AlsoKill?.Invoke();
    }

    /// <summary>Sends a signal to the process group; nothing happens when the child has already ended.</summary>
    public void Signal(int signal)
    {
        lock (_gate)
        {
            if (!_reaped)
                _ = Native.kill(-Pid, signal);
        }
    }

    /// <summary>Kills the child when it still runs and waits for its end.</summary>
    public void Dispose()
    {
        if (!_completion.Task.IsCompleted)
        {
            Kill();
            _completion.Task.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }
        _pipes.Dispose();
    }

    internal void Pump()
    {
        try
        {
            var buffer = new byte[64 << 10];
            while (!_pipes.ChildExited)
                Step(buffer);
            // What the leader left behind in its group must not outlive it, nor hold its pipes open.
            Signal(Native.SigKill);
            _pipes.Drain(buffer, TimeSpan.FromSeconds(2), TakeOutput, TakeError);
            _completion.SetResult(Reap());
        }
        catch (Exception failure)
        {
            Kill();
            Reap();
            _completion.SetException(failure);
        }
    }

    private void Step(byte[] buffer)
    {
        var now = Stopwatch.GetTimestamp();
        if (_command.Timeout is { } limit && !_timedOut && Stopwatch.GetElapsedTime(_started, now) >= limit)
        {
            _timedOut = true;
            Terminate();
        }
        if (now >= Interlocked.Read(ref _killAt))
        {
            Kill();
            Interlocked.Exchange(ref _killAt, now + Stopwatch.Frequency);
        }
        _fed += _pipes.Poll(buffer, NextDeadlineMs(now), _command.Input is { } input ? input[_fed..] : default, TakeOutput, TakeError);
    }

    private int NextDeadlineMs(long now)
    {
        var next = Interlocked.Read(ref _killAt);
        if (_command.Timeout is { } limit && !_timedOut)
            next = Math.Min(next, _started + (long)(limit.TotalSeconds * Stopwatch.Frequency));
        return next == long.MaxValue ? -1 : (int)Math.Clamp((next - now) * 1000 / Stopwatch.Frequency + 1, 0, 60_000);
    }

    private void TakeOutput(ReadOnlyMemory<byte> bytes)
    {
        if (_onOutput is not null)
        {
            _onOutput(bytes);
            return;
        }
        if (_output.WrittenCount + bytes.Length > _command.MaxOutputBytes)
        {
            _overflowed = true;
            Kill();
            return;
        }
        _output.Write(bytes.Span);
    }

    private void TakeError(ReadOnlyMemory<byte> bytes)
    {
        _errorTail = [.. _errorTail, .. bytes.Span];
        if (_errorTail.Length > 2 * ErrorTailBytes)
            _errorTail = _errorTail[^ErrorTailBytes..];
    }

    private unsafe ChildResult Reap()
    {
        int status = 0, got;
        Native.Usage usage = default;
        do
            got = Native.wait4(Pid, &status, 0, &usage);
        while (got < 0 && Marshal.GetLastPInvokeError() == Native.Eintr);
        lock (_gate)
            _reaped = true;
        if (got < 0)
            throw new SlipwayException($"Cannot learn how `{_command.Line}` ended", Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()), null);
        int? signal = (status & 0x7f) == 0 ? null : status & 0x7f;
        return new ChildResult(signal is { } s ? 128 + s : (status >> 8) & 0xff, signal, _output.WrittenSpan.ToArray(),
            Encoding.UTF8.GetString(_errorTail), Stopwatch.GetElapsedTime(_started), usage.MaxRssKib << 10)
        {
            Line = _command.Line,
            Processor = TimeSpan.FromSeconds(usage.UserSeconds + usage.SystemSeconds) + TimeSpan.FromMicroseconds(usage.UserMicros + usage.SystemMicros),
            TimedOut = _timedOut,
            OutputOverflowed = _overflowed,
        };
    }
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Sandbox;

/// <summary>What the child finds as its descriptors and its start.</summary>
internal sealed record SpawnOrder(string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Directory, IReadOnlyList<int> Descriptors);

/// <summary>
/// Starts every child from one thread that lives as long as the process: PR_SET_PDEATHSIG, which --die-with-parent and
/// setpriv --pdeathsig use, fires when the starting thread ends, and a thread of the pool may end at any time.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<(SpawnOrder Order, TaskCompletionSource<(int Pid, int Error)> Done)> Orders = [];

    static Spawner() => new Thread(Serve) { IsBackground = true, Name = "child spawner" }.Start();

    /// <summary>The new process id, or the errno of the failed start.</summary>
    internal static (int Pid, int Error) Start(SpawnOrder order)
    {
        var done = new TaskCompletionSource<(int, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        Orders.Add((order, done));
        return done.Task.GetAwaiter().GetResult();
    }

    private static void Serve()
    {
        foreach (var (order, done) in Orders.GetConsumingEnumerable())
        {
            try
            {
                done.SetResult(Spawn(order));
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        }
    }

    private static unsafe (int Pid, int Error) Spawn(SpawnOrder order)
    {
        // glibc's posix_spawn_file_actions_t is 80 bytes, posix_spawnattr_t 336, sigset_t 128.
        var actions = stackalloc byte[128];
        var attributes = stackalloc byte[512];
        var signals = stackalloc byte[128];
        var texts = new List<nint>();
        Must(Native.posix_spawn_file_actions_init(actions));
        Must(Native.posix_spawnattr_init(attributes));
        try
        {
            for (var target = 0; target < order.Descriptors.Count; target++)
                Must(Native.posix_spawn_file_actions_adddup2(actions, order.Descriptors[target], target));
            Must(Native.posix_spawn_file_actions_addclosefrom_np(actions, order.Descriptors.Count));
            Must(Native.posix_spawn_file_actions_addchdir_np(actions, (byte*)Text(order.Directory, texts)));
            // The runtime ignores SIGPIPE and blocks nothing for good; a child must start from the defaults.
            Must(Native.sigemptyset(signals));
            Must(Native.posix_spawnattr_setsigmask(attributes, signals));
            Must(Native.sigfillset(signals));
            Must(Native.posix_spawnattr_setsigdefault(attributes, signals));
            Must(Native.posix_spawnattr_setflags(attributes, Native.SpawnSetSid | Native.SpawnSetSigDef | Native.SpawnSetSigMask));
            int pid;
            var error = Native.posix_spawn(&pid, (byte*)Text(order.Path, texts), actions, attributes, Array(order.Arguments, texts),
                Array([.. order.Environment.Select(v => $"{v.Key}={v.Value}")], texts));
            return (pid, error);
        }
        finally
        {
            _ = Native.posix_spawn_file_actions_destroy(actions);
            _ = Native.posix_spawnattr_destroy(attributes);
            foreach (var text in texts)
                Marshal.FreeHGlobal(text);
        }
    }

    private static void Must(int error)
    {
        if (error != 0)
            throw new InvalidOperationException("a child process cannot be prepared: " + Marshal.GetPInvokeErrorMessage(error));
    }

    private static unsafe byte** Array(IReadOnlyList<string> values, List<nint> texts)
    {
        var array = (byte**)Marshal.AllocHGlobal((values.Count + 1) * sizeof(byte*));
        texts.Add((nint)array);
        for (var i = 0; i < values.Count; i++)
            array[i] = (byte*)Text(values[i], texts);
        array[values.Count] = null;
        return array;
    }

    private static unsafe nint Text(string value, List<nint> texts)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("a NUL character cannot be passed to a program");
        var bytes = Encoding.UTF8.GetBytes(value);
        var text = Marshal.AllocHGlobal(bytes.Length + 1);
        texts.Add(text);
        Marshal.Copy(bytes, 0, text, bytes.Length);
        ((byte*)text)[bytes.Length] = 0;
        return text;
    }
}

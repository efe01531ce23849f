using System.Globalization;

namespace Slipway.Sandbox;

/// <summary>
/// The control groups of one run: memory and processes are bounded for the run as a whole, and everything in it can be
/// killed at once. Version 2 with its controllers where they exist, else version 1; the rest of the machine is not touched.
/// </summary>
internal sealed class BuildCgroup : IDisposable
{
    private const string Prefix = "slipway-";
    private const long SchedulerPeriod = 100_000;

    private readonly List<string> _directories = [];
    private readonly string _memory, _processes;

    private BuildCgroup(string kind, string memory, string processes)
    {
        Kind = kind;
        _memory = memory;
        _processes = processes;
    }

    /// <summary>`cgroup v2` or `cgroup v1`.</summary>
    internal string Kind { get; }

    /// <summary>Files a process writes its number to before it becomes the run.</summary>
    internal IEnumerable<string> EntryFiles => _directories.Select(d => Path.Combine(d, "cgroup.procs"));

    /// <summary>A new group, or null when this process may not make one with real limits.</summary>
    internal static BuildCgroup? TryCreate(string name, SandboxLimits limits)
    {
        foreach (var make in new Func<string, SandboxLimits, BuildCgroup?>[] { TryCreateV2, TryCreateV1 })
        {
            try
            {
                if (make($"{Prefix}{Environment.ProcessId}-{name}", limits) is { } group)
                    return group;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not writable here: the next kind, or none, which the caller reports.
            }
        }
        return null;
    }

    internal long PeakMemoryBytes => Number(Kind == "cgroup v2" ? "memory.peak" : "memory.max_usage_in_bytes");

    internal bool OutOfMemory => Counted(Path.Combine(_memory, Kind == "cgroup v2" ? "memory.events" : "memory.oom_control"), "oom_kill");

    /// <summary>A fork was refused because of the number of processes.</summary>
    internal bool OutOfProcesses => Counted(Path.Combine(_processes, "pids.events"), "max");

    /// <summary>Kills every process of the run; those that fork meanwhile too.</summary>
    internal void Kill() => _directories.ForEach(KillIn);

    public void Dispose() => _directories.ForEach(Remove);

    private static void Remove(string directory)
    {
        for (var i = 0; Directory.Exists(directory) && i < 200; i++)
        {
            KillIn(directory);
            try
            {
                Directory.Delete(directory);
            }
            catch (IOException)
            {
                // Busy until the killed processes are gone.
                Thread.Sleep(10);
            }
        }
    }

    private static BuildCgroup? TryCreateV2(string name, SandboxLimits limits)
    {
        if (CgroupMounts.Limiting() is not { } own)
            return null;
        var directory = Path.Combine(own, name);
        var group = new BuildCgroup("cgroup v2", directory, directory);
        group.Make(directory);
        Set(directory, "memory.max", limits.MemoryBytes);
        Set(directory, "pids.max", limits.Processes);
        TrySet(directory, "memory.swap.max", 0);
        TrySet(directory, "memory.oom.group", 1);
        if (limits.Processors > 0 && File.Exists(Path.Combine(directory, "cpu.max")))
            File.WriteAllText(Path.Combine(directory, "cpu.max"), string.Create(CultureInfo.InvariantCulture, $"{limits.Processors * SchedulerPeriod} {SchedulerPeriod}"));
        return group;
    }

    private static BuildCgroup? TryCreateV1(string name, SandboxLimits limits)
    {
        if (CgroupMounts.V1("memory") is not { } memory || CgroupMounts.V1("pids") is not { } pids)
            return null;
        var group = new BuildCgroup("cgroup v1", Path.Combine(memory, name), Path.Combine(pids, name));
        try
        {
            group.Make(Path.Combine(memory, name));
            group.Make(Path.Combine(pids, name));
            Set(Path.Combine(memory, name), "memory.limit_in_bytes", limits.MemoryBytes);
            TrySet(Path.Combine(memory, name), "memory.memsw.limit_in_bytes", limits.MemoryBytes);
            Set(Path.Combine(pids, name), "pids.max", limits.Processes);
            if (limits.Processors > 0 && CgroupMounts.V1("cpu") is { } processor)
            {
                group.Make(Path.Combine(processor, name));
                Set(Path.Combine(processor, name), "cpu.cfs_period_us", SchedulerPeriod);
                Set(Path.Combine(processor, name), "cpu.cfs_quota_us", limits.Processors * SchedulerPeriod);
            }
            // A hierarchy without controllers still knows cgroup.kill.
            if (CgroupMounts.Unified() is { } unified)
                group.Make(Path.Combine(unified, name));
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    private void Make(string directory)
    {
        RemoveOrphans(Path.GetDirectoryName(directory)!);
        Directory.CreateDirectory(directory);
        _directories.Add(directory);
    }

    // The name tells which process owns a group: one whose owner was killed is removed by whoever comes next.
    private static void RemoveOrphans(string parent)
    {
        foreach (var group in Directory.GetDirectories(parent, Prefix + "*"))
        {
            var owner = Path.GetFileName(group)[Prefix.Length..].Split('-')[0];
            if (!Directory.Exists("/proc/" + owner))
                Remove(group);
        }
    }

    private static void KillIn(string directory)
    {
        var kill = Path.Combine(directory, "cgroup.kill");
        try
        {
            if (File.Exists(kill))
                File.WriteAllText(kill, "1");
            var processes = Path.Combine(directory, "cgroup.procs");
            for (var i = 0; i < 20 && File.Exists(processes) && File.ReadAllLines(processes) is { Length: > 0 } alive; i++)
            {
                foreach (var pid in alive)
                    _ = Native.kill(int.Parse(pid, CultureInfo.InvariantCulture), Native.SigKill);
                Thread.Sleep(5);
            }
        }
        catch (IOException)
        {
            // The group went away while it was read: nothing is left to kill.
        }
    }

    private static void Set(string directory, string file, long value) =>
        File.WriteAllText(Path.Combine(directory, file), value.ToString(CultureInfo.InvariantCulture));

    private static void TrySet(string directory, string file, long value)
    {
        if (File.Exists(Path.Combine(directory, file)))
            Set(directory, file, value);
    }

    private static bool Counted(string file, string what) =>
        File.Exists(file) && File.ReadLines(file).Any(l => l.StartsWith(what + " ", StringComparison.Ordinal) && l != what + " 0");

    private long Number(string file) => File.Exists(Path.Combine(_memory, file)) && long.TryParse(File.ReadAllText(Path.Combine(_memory, file)), CultureInfo.InvariantCulture, out var n) ? n : 0;
}

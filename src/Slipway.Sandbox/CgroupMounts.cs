namespace Slipway.Sandbox;

/// <summary>Where this process stands in the control group hierarchies of the machine.</summary>
internal static class CgroupMounts
{
    /// <summary>This process's directory in the version 2 hierarchy, or null.</summary>
    internal static string? Unified() => Own("cgroup2", "", _ => true);

    /// <summary>This process's directory in a version 1 hierarchy, or null.</summary>
    internal static string? V1(string controller) => Own("cgroup", controller, options => options.Split(',').Contains(controller));

    /// <summary>
    /// A version 2 group below which memory and processes can be limited, or null. A group with processes of its own cannot
    /// have limited children, so the one above it is taken where its owner (systemd) already limits what is below.
    /// </summary>
    internal static string? Limiting()
    {
        for (var group = Unified(); group is not null && File.Exists(Path.Combine(group, "cgroup.controllers")); group = Path.GetDirectoryName(group))
        {
            if (Limits(group, "cgroup.subtree_control"))
                return group;
            if (!Limits(group, "cgroup.controllers") || File.Exists(Path.Combine(group, "cgroup.type")))
                continue;
            File.WriteAllText(Path.Combine(group, "cgroup.subtree_control"), "+memory +pids");
            return group;
        }
        return null;
    }

    private static bool Limits(string group, string file)
    {
        var names = File.ReadAllText(Path.Combine(group, file)).Split([' ', '\n']);
        return names.Contains("memory") && names.Contains("pids");
    }

    private static string? Own(string type, string controller, Func<string, bool> matches)
    {
        // /proc/self/mounts: device, mount point, type, options; /proc/self/cgroup: hierarchy:controllers:path.
        var mount = File.ReadLines("/proc/self/mounts").Select(l => l.Split(' ')).FirstOrDefault(f => f[2] == type && matches(f[3]))?[1];
        var path = File.ReadLines("/proc/self/cgroup").Select(l => l.Split(':', 3)).FirstOrDefault(f => f[1].Split(',').Contains(controller))?[2];
        if (mount is null || path is null)
            return null;
        var own = mount + path.TrimEnd('/');
        // In a container the path may be the host's; the mount itself is then this process's place.
        return Directory.Exists(own) ? own : mount;
    }
}

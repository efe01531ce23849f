namespace Slipway.Harbor;

/// <summary>What `./run` offers you to try at its end.</summary>
internal static class Invitation
{
    /// <summary>Three lines for a shell: clone the source repository, change hello, push. They need no configuration of git.</summary>
    /// <param name="data">The data directory of the service.</param>
    /// <param name="clone">Where to clone to.</param>
    public static string[] Commands(string data, string clone) =>
    [
        $"git clone {Path.Combine(data, "git", "source.git")} {clone} && cd {clone}",
        "sed -i 's/Hello from Harbor!/Ahoy!/' projects/harbor/hello/debian/patches/harbor-greeting.patch && ./bump hello 'Say ahoy.'",
        "git -c user.name=You -c user.email=you@harbor.example commit --all --message 'Say ahoy' && git push",
    ];
}

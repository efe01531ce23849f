namespace Slipway.Builds;

/// <summary>Who sends a message: <c>SERVICE:host:PID:NAME</c>, the services named as the original names them.</summary>
/// <param name="Host">The machine's address or name as others know it.</param>
public sealed record Identity(string Host)
{
    internal string Of(string service, string name) => $"{service}:{Host}:{Environment.ProcessId}:{name}";
}
